import http.server
import json
import os
import threading
from itertools import islice
from random import Random

import pytest
from django.core.management import CommandError
from django.test import Client as Browser
from django.utils import timezone

from bench import noop, odata_requests, world
from bench.odata_reader import Reader
from bench.records import Target
from integrationhub.wire.odata.binding import Binder
from integrationhub.wire.odata.members import Names
from integrationhub.wire.odata.parsing import parse
from integrations import credentials
from queues import handlers
from queues.api.odata.service import SERVICE
from queues.models import IntegrationQueue
from queues.states import State


class Answering(http.server.BaseHTTPRequestHandler):
    """Three pages, one after the other; the path `/500` fails."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, number = int(self.path == "/500") * 500 or 200, int(self.path[-1])
        page = {"value": []} | ({"@odata.nextLink": f"http://hub/page?n={number + 1}"} if number < 3 else {})
        body = json.dumps(page).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def reader():
    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        reader = Reader(Target(server.server_port, os.getpid(), "key"))
        yield reader
        reader.close()
        server.shutdown()
        thread.join()


def test_links_are_followed_to_the_last_page_or_as_far_as_wanted(reader):
    assert reader.follow("/page?n=1", 9) == ["/page?n=1", "/page?n=2", "/page?n=3"]
    assert reader.follow("/page?n=1", 2) == ["/page?n=1", "/page?n=2"]


@pytest.mark.django_db
def test_every_request_is_timed_and_counted(reader):
    reading = reader.read(["/page?n=3"] * 3)
    row = reading.describe("pages")
    assert (row["what"], row["requests"], reading.statuses) == ("pages", 3, {200: 3})
    assert row["p50 ms"] <= row["p99 ms"] == 1000 * max(reading.waits)
    assert reader.read(["/page?n=3"], reading).statuses == {200: 4}


@pytest.mark.django_db
def test_a_failure_of_the_server_ends_the_bench(reader):
    with pytest.raises(CommandError, match="500 for /500"):
        reader.read(["/500"])


def test_the_long_filter_is_as_long_as_one_may_be():
    text = odata_requests.long_filter()
    assert len(text) == SERVICE.limits.filter_length
    syntax = parse(text, SERVICE.limits)
    assert Binder.of(Names(SERVICE), SERVICE.named("IntegrationQueues"), {}).condition(syntax)


@pytest.fixture
def ask(db, settings):
    noop.register()
    settings.ROOT_URLCONF = "bench.plain_view"
    now = timezone.now()
    (row,) = world.make_world(noop.NAME, {}, now=now, clients=1)
    world.store_records([row], 3, now=now)
    world.fill_queue([row], now=now)
    IntegrationQueue.objects.update(state=State.SUCCEEDED, due_at=None)
    token = credentials.issue("bearer", now=now, client=row.client, scopes=["read"]).token
    browser = Browser(SERVER_NAME="localhost")
    yield lambda address: browser.get(
        address, headers={"Authorization": f"Bearer {token}", "Accept": "application/json"}
    )
    handlers._handlers.pop(noop.NAME)


@pytest.mark.broad
def test_both_views_show_the_same_items(ask):
    ours = json.loads(ask(odata_requests.page()).content)["value"]
    plain = json.loads(ask(odata_requests.plain_page()).content)["results"]
    for row in ours:
        del row["@odata.etag"]
    assert len(ours) == 3
    assert [list(row.values()) for row in ours] == [list(row.values()) for row in plain]


@pytest.mark.broad
def test_the_mix_is_answered_and_nonsense_breaks_nothing(ask):
    number = IntegrationQueue.objects.latest("pk").pk
    mix = list(islice(odata_requests.mix(number, Random(number)), 14))  # noqa: S311
    assert {ask(each).status_code for each in mix} <= {200, 404}  # not every number is an item
    listed = [odata_requests.address(*each) for each, _ in odata_requests.orders(10).values()]
    assert [ask(each).status_code for each in (*listed, odata_requests.large_page())] == [200] * 5
    statuses = {ask(each).status_code for each in islice(odata_requests.nonsense(Random(1)), 12)}  # noqa: S311
    assert 400 in statuses
    assert {each for each in statuses if each >= 500} <= {501}
