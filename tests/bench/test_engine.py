import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from bench import bare, noop, world
from bench.contenders import Bare, Hub
from bench.drain_worker import drain_all
from bench.engine import Entry, admit, describe
from bench.summaries import Sample
from bench.tables import Report
from queues import handlers
from queues.models import ActionAttempt, IntegrationQueue
from queues.states import State

ITEMS = 50


@pytest.fixture
def activations(db):
    noop.register()
    rows = world.make_world(noop.NAME, {}, now=timezone.now())
    world.store_records(rows, ITEMS, now=timezone.now())
    yield rows
    handlers._handlers.pop(noop.NAME)


def test_what_is_measured_is_the_whole_engine(activations):
    assert world.fill_queue(activations, now=timezone.now()) == ITEMS
    assert drain_all() == ITEMS
    assert IntegrationQueue.objects.filter(state=State.SUCCEEDED, due_at=None).count() == ITEMS
    assert ActionAttempt.objects.filter(outcome="Done").count() == ITEMS


def test_every_round_finds_all_records_due_again(activations):
    for _ in range(2):
        assert world.fill_queue(activations, now=timezone.now()) == ITEMS
        assert world.count_open() == ITEMS
        drain_all()
        connection.check_constraints()  # at the end of a transaction; here the test is one


def test_the_clients_share_the_records(activations):
    world.fill_queue(activations, now=timezone.now())
    shares = [IntegrationQueue.objects.filter(client_integration=row).count() for row in activations]
    assert sum(shares) == ITEMS
    assert max(shares) - min(shares) <= 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="its SQL is PostgreSQL's")
def test_the_bare_limit_completes_every_row(activations):
    world.fill_queue(activations, now=timezone.now())
    connection.ensure_connection()
    assert bare.complete_all(connection.connection) == ITEMS
    assert IntegrationQueue.objects.filter(state=State.SUCCEEDED, due_at=None).count() == ITEMS


def test_a_part_refuses_a_database_it_cannot_run_on():
    unfit = "engine" if connection.vendor == "sqlite" else "sqlite"
    with pytest.raises(CommandError, match=f"DATABASE_URL names {connection.vendor}"):
        call_command("hub_bench", unfit)


@pytest.mark.parametrize("counts", ["", "0", "1,,2", "1,x", "-1", "²"])
def test_process_counts_are_whole_numbers_from_one_on(counts):
    with pytest.raises(CommandError, match="--processes"):
        call_command("hub_bench", "engine", "--processes", counts)


class Absent:
    name = "absent"

    def missing(self):
        return "needs a package"


def test_a_rival_that_cannot_run_is_named():
    report = Report("Speed")
    assert admit([Absent()], 10, report) == []
    assert report.notes == ["absent was left out: needs a package"]


def test_lines_are_compared_with_the_hub_at_its_most_processes():
    one, two = Entry(Hub("hub", []), 1, 10), Entry(Hub("hub", []), 2, 10)
    limit = Entry(Bare([]), 1, 10)
    for entry, seconds in ((limit, 0.5), (one, 4.0), (two, 2.0)):
        entry.samples.append(Sample(10, seconds, 0.001, 0.002))
    rows = list(describe([limit, one, two]))
    assert [row["hub is"] for row in rows] == [0.25, 2.0, 1.0]
    assert rows[0]["server us"] == pytest.approx(200)
