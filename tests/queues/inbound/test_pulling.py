"""Runs of inbound integrations against a remote system that is really spoken to."""

import json

import pytest

from integrations import activation as activations
from integrations import sources
from integrations.models import IntegrationRun, Record
from queues.inbound import handler, pages, pulling
from queues.models import InboundPayload, IntegrationQueue, PullWatermark
from queues.states import State
from tests.cast import make_principal
from tests.queues.engine import item, run_drain, run_hourly, run_tick, states
from tests.queues.inbound.conftest import WATERMARK
from tests.queues.inbound.feed import Told, payment

ALL = {f"P-{number}": State.PENDING for number in range(1, 6)}


def linked(feed, place):
    """Pages of two, each with the whole URL of the next one where `place` puts it."""

    def page(asked):
        start = asked.number("after", 0)
        rows = feed.since(asked)
        following = f"{feed.url}/payments?after={start + 2}&since={asked.query.get('since', '')}"
        return place({"items": rows[start : start + 2]}, following if start + 2 < len(rows) else None)

    return page


def in_body(name):
    return lambda content, link: Told({**content, name: link} if link else content)


def in_header(content, link):
    links = f'<{link}>; title="a, b"; rel="last next", </>; rel=first' if link else "</>; rel=first"
    return Told(content, headers={"Link": links})


def by_offset(feed):
    def page(asked):
        start = asked.number("skip", 0)
        return Told({"items": feed.since(asked)[start : start + 2]})

    return page


def by_cursor(feed):
    def page(asked):
        start = int(asked.query.get("token", "t0")[1:])
        more = start + 2 < len(feed.payments)
        return Told({"items": feed.payments[start : start + 2], "next": f"t{start + 2}" if more else None})

    return page


@pytest.mark.parametrize(
    ("paging", "make_page", "requests"),
    [
        ({"style": "page_number", "parameter": "page"}, lambda feed: feed.by_number, 4),
        ({"style": "offset", "parameter": "skip"}, by_offset, 4),
        ({"style": "cursor", "parameter": "token", "expression": "next"}, by_cursor, 3),
        ({"style": "next_link"}, lambda feed: linked(feed, in_header), 3),
        ({"style": "next_link", "expression": "more"}, lambda feed: linked(feed, in_body("more")), 3),
        ({"style": "odata_next_link"}, lambda feed: linked(feed, in_body("@odata.nextLink")), 3),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_every_paging_style_reads_all_pages(paging, make_page, requests, feed, make_pull, time):
    feed.page = make_page(feed)
    make_pull(paging=paging)

    run_tick(time)

    assert states() == ALL
    assert len(feed.asked) == requests
    assert {asked.headers["authorization"] for asked in feed.asked} == {"Bearer s3cret"}
    assert IntegrationRun.objects.get().queued == 5


def test_without_paging_there_is_one_page(feed, make_pull, time):
    make_pull(paging=None)
    run_tick(time)
    assert set(states()) == {"P-1", "P-2"}


def test_what_was_pulled_becomes_records(feed, make_pull, acme, time):
    activation = make_pull()
    run_tick(time)

    assert run_drain() == 5

    assert set(states().values()) == {State.SUCCEEDED}
    held = {(row.item_name, row.data["Amount"], row.origin_id) for row in sources.rows(acme.pk, "Payment")}
    system = activation.integration.system_id
    assert held == {(f"P-{n}", f"{n * 10.5:g}", system) for n in range(1, 6)}


def test_the_request_says_what_is_configured(feed, make_pull, time):
    feed.payments = []
    make_pull(
        query={"kind": "a b&c"},
        page_size={"parameter": "limit", "size": 50},
        watermark={**WATERMARK, "initial": "2020-01-01", "format": "changed ge {value}"},
    )
    run_tick(time)
    assert feed.asked[0].path == "/api/payments"
    assert feed.queries == [{"kind": "a b&c", "limit": "50", "since": "changed ge 2020-01-01", "page": "1"}]


def test_the_next_sweep_starts_from_the_furthest_mark(feed, make_pull, time):
    make_pull()
    run_tick(time)
    feed.asked.clear()

    run_hourly(time)

    assert {query["since"] for query in feed.queries} == {payment(5)["changed"]}


def test_a_full_pull_starts_from_the_beginning_each_time(feed, make_pull, time):
    make_pull(watermark=None)
    for _ in range(2):
        run_hourly(time)
        assert [query["page"] for query in feed.queries] == ["1", "2", "3", "4"]
        feed.asked.clear()
    assert {row.cycle for row in IntegrationQueue.objects.all()} == {1}


def test_a_run_reads_no_more_pages_than_it_may(feed, make_pull, time):
    make_pull(most_pages=2)

    run_tick(time)
    assert set(states()) == {"P-1", "P-2", "P-3", "P-4"}

    run_hourly(time)
    assert states() == ALL
    assert [query["page"] for query in feed.queries] == ["1", "2", "3", "4"]
    assert {query.get("since") for query in feed.queries} == {None}, "the sweep is the same until it ends"


def test_a_run_whose_time_is_over_leaves_the_rest_to_the_next(feed, make_pull, time, monkeypatch):
    monkeypatch.setattr(pulling, "SECONDS", -1)
    make_pull()
    for _ in range(3):
        run_hourly(time)
    assert [query["page"] for query in feed.queries] == ["1", "2", "3"]


def test_a_crash_between_pages_costs_no_page_and_no_item(feed, make_pull, time, monkeypatch):
    make_pull()
    fetch = pages.fetch

    def crash_on_the_third(url, sign_in):
        if "page=3" in url:
            raise KeyboardInterrupt
        return fetch(url, sign_in)

    monkeypatch.setattr(pages, "fetch", crash_on_the_third)
    with pytest.raises(KeyboardInterrupt):
        run_tick(time)
    assert set(states()) == {"P-1", "P-2", "P-3", "P-4"}
    monkeypatch.undo()
    feed.asked.clear()

    run_tick(time, minutes=5)

    assert states() == ALL
    assert [query["page"] for query in feed.queries] == ["3", "4"]
    assert IntegrationRun.objects.get().status == IntegrationRun.Status.COMPLETED


def test_a_page_is_kept_as_a_whole_or_not_at_all(feed, make_pull, time, monkeypatch):
    make_pull()

    def fail(*_):
        raise RuntimeError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(pulling.payloads, "_store", fail)
        run_tick(time)
    assert (states(), InboundPayload.objects.count()) == ({}, 0)
    assert PullWatermark.objects.get().cursor == ""

    run_hourly(time)
    assert states() == ALL


def test_pulling_again_moves_nothing(feed, make_pull, time):
    make_pull(watermark=None)
    run_tick(time)
    run_drain()
    before = list(IntegrationQueue.objects.order_by("pk").values()), list(Record.objects.values())

    run_hourly(time)

    assert run_drain() == 0
    assert (list(IntegrationQueue.objects.order_by("pk").values()), list(Record.objects.values())) == before


def test_a_newer_version_of_an_item_opens_its_row_again(feed, make_pull, time):
    make_pull()
    run_tick(time)
    run_drain()
    feed.payments.append(payment(2, changed="2026-03-02T11:00:00Z", amount=7))

    run_hourly(time)

    assert (item("P-2").state, item("P-2").cycle) == (State.PENDING, 2)
    assert (item("P-5").state, item("P-5").cycle) == (State.SUCCEEDED, 1)
    run_drain()
    assert Record.objects.get(item_name="P-2").data["Amount"] == "7"


def test_an_item_that_changed_without_saying_so_is_opened_again(feed, make_pull, time):
    make_pull(watermark=None)
    run_tick(time)
    run_drain()
    feed.payments[0]["amount"] = 99

    run_hourly(time)

    assert run_drain() == 1
    assert item("P-1").cycle == 2
    assert Record.objects.get(item_name="P-1").data["Amount"] == "99"


def test_a_version_pulled_while_the_last_one_is_stored_is_stored_as_well(feed, make_pull, time, monkeypatch):
    make_pull(watermark=None)
    feed.payments = [payment(1)]
    run_tick(time)
    execute = handler._store

    def store_slowly(work):
        monkeypatch.setattr(handler, "_store", execute)
        feed.payments = [payment(1, amount=3, changed="2026-03-02T11:59:00Z")]
        run_hourly(time)
        return execute(work)

    monkeypatch.setattr(handler, "_store", store_slowly)
    run_drain()

    assert (item("P-1").state, item("P-1").cycle) == (State.SUCCEEDED, 2)
    assert Record.objects.get().data["Amount"] == "3"


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (Told({"error": "busy"}, 503), "503: busy"),
        (Told({"error": "slow down"}, 429, {"Retry-After": "7"}), "429: slow down"),
        (Told({}, 302, {"Location": "/elsewhere"}), "302: no reason given"),
        (Told(b'{"items": ['), "The page is not JSON: Expecting value at line 1, column 12."),
        (Told(b"[" * 100_000), "The page is not JSON that can be read: it is nested too deep."),
        (Told(b'{"items": [NaN]}'), "The page is not JSON: NaN is no JSON number."),
        (Told(b'"\xff"'), "The page is not JSON: "),
        (Told({"rows": []}), "The page has no list of items at items."),
    ],
    ids=lambda value: value[:3] if isinstance(value, str) else "",
)
def test_a_page_that_cannot_be_read_fails_the_run_which_the_next_one_takes_up(
    told, message, feed, make_pull, time
):
    activation = make_pull()
    feed.instead = [None, told]

    run_tick(time)

    run = IntegrationRun.objects.get()
    activation.refresh_from_db()
    assert run.status == IntegrationRun.Status.FAILED
    assert run.message.startswith(message)
    assert activation.problem == run.message
    assert set(states()) == {"P-1", "P-2"}

    run_hourly(time)
    activation.refresh_from_db()
    assert states() == ALL
    assert activation.problem == ""
    assert [query["page"] for query in feed.queries] == ["1", "2", "2", "3", "4"]


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/api/payments?after=2",
        "https://127.0.0.1/api/payments",
        "http://127.0.0.1:1/api/payments",
        "//evil.example/payments",
        "http://user:word@127.0.0.1/",
        "http://[/",
    ],
)
def test_a_link_to_another_place_is_not_followed(link, feed, make_pull, time):
    feed.page = lambda asked: Told({"items": feed.payments[:2], "next": link})
    make_pull(paging={"style": "next_link", "expression": "next"})

    run_tick(time)

    assert IntegrationRun.objects.get().message.startswith("The link to the next page ")
    assert len(feed.asked) == 1
    assert states() == {}


def test_an_address_that_staff_did_not_allow_is_not_dialled(feed, make_pull, settings, time):
    settings.HUB_OUTBOUND_ALLOW = []
    make_pull()
    run_tick(time)
    assert IntegrationRun.objects.get().message == "refused: The address of 127.0.0.1 is not allowed."
    assert feed.asked == []


@pytest.mark.parametrize(
    ("paging", "content", "message"),
    [
        (
            {"style": "cursor", "parameter": "token", "expression": "next"},
            {"next": "same"},
            "leads to itself",
        ),
        ({"style": "next_link", "expression": "next"}, {"next": "?here"}, "leads to itself"),
        ({"style": "page_number", "parameter": "ignored"}, {}, "with the same items"),
        ({"style": "cursor", "parameter": "t", "expression": "next"}, {"next": ["x"]}, "neither a text"),
    ],
)
def test_pages_without_end_are_noticed(paging, content, message, feed, make_pull, time):
    feed.page = lambda asked: Told({"items": feed.payments[:2], **content})
    make_pull(paging=paging)
    run_tick(time)
    assert message in IntegrationRun.objects.get().message
    assert len(feed.asked) <= 2


def test_a_cursor_that_the_system_forgot_is_given_up(feed, make_pull, time):
    feed.page = by_cursor(feed)
    make_pull(paging={"style": "cursor", "parameter": "token", "expression": "next"})
    feed.instead = [None, Told({"message": "unknown cursor"}, 410)]

    run_tick(time)
    run_hourly(time)

    assert states() == ALL
    assert [query.get("token") for query in feed.queries] == [None, "t2", None, "t2", "t4"]


def test_a_page_that_is_too_large_is_refused(feed, make_pull, time, monkeypatch):
    monkeypatch.setattr(pages, "LARGEST_ANSWER", 100)
    make_pull()
    run_tick(time)
    assert IntegrationRun.objects.get().message.startswith("The page is larger than 100 bytes.")


def test_an_item_without_a_key_is_left_out_and_told(feed, make_pull, time):
    feed.payments[1]["id"] = None
    feed.payments[2]["id"] = {"no": "text"}
    feed.payments[3]["id"] = "x" * 451
    activation = make_pull()

    run_tick(time)

    activation.refresh_from_db()
    assert set(states()) == {"P-1", "P-5"}
    assert activation.problem.startswith("Items without a usable key were left out: item 2: it has no key")
    assert activation.problem.count("item ") == 3


def test_two_runs_at_once_read_each_page_once(feed, make_pull, time, monkeypatch):
    activation = make_pull()
    fetch = pages.fetch
    schedule = activation.integration.schedule
    schedule.cron = "* * * * *"
    schedule.save()

    def let_another_run_come_between(url, sign_in):
        answer = fetch(url, sign_in)
        monkeypatch.setattr(pages, "fetch", fetch)
        run_tick(time, minutes=1)
        return answer

    monkeypatch.setattr(pages, "fetch", let_another_run_come_between)
    run_tick(time)

    assert states() == ALL
    assert {row.cycle for row in IntegrationQueue.objects.all()} == {1}
    assert set(activation.runs.values_list("status", "queued")) == {("Completed", 5), ("Completed", 0)}


def test_another_configuration_starts_from_the_beginning(feed, make_pull, time):
    activation = make_pull()
    run_tick(time)
    action = activation.integration.action
    action.configuration["query"] = {"kind": "all"}
    action.save()
    feed.asked.clear()

    run_hourly(time)

    assert {query.get("since") for query in feed.queries} == {None}


def test_switching_it_on_again_starts_from_the_beginning(feed, make_pull, acme, time):
    activation = make_pull()
    run_tick(time)
    time.pass_(minutes=1)
    activations.disable(activation, now=time.now, by=make_principal(acme))
    activations.enable(activation, now=time.now, by=make_principal(acme))
    feed.asked.clear()

    run_tick(time)

    assert {query.get("since") for query in feed.queries} == {None}
    assert {row.cycle for row in IntegrationQueue.objects.all()} == {1}


def test_marks_that_are_numbers_are_sent_as_they_came(feed, make_pull, time):
    for number, each in enumerate(feed.payments, start=8):
        each["serial"] = number
    feed.since = lambda asked: feed.payments
    make_pull(watermark={"parameter": "since", "expression": "serial"})
    run_tick(time)
    assert json.loads(PullWatermark.objects.get().value) == 12
    feed.asked.clear()
    run_hourly(time)
    assert feed.queries[0]["since"] == "12"


def test_an_outbound_integration_cannot_pull(feed, make_pull, time):
    activation = make_pull()
    activation.integration.direction_id = "Outbound"
    activation.integration.save()
    run_tick(time)
    expected = "http.pull is for integrations with the direction Inbound."
    assert IntegrationRun.objects.get().message == expected
