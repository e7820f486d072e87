"""What the hourly outcomes say, beside the attempts that were written."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations import publishing
from queues import finishing, rollups
from queues.claiming import claim, find_work
from queues.models import ActionAttempt, IntegrationQueue, OutcomeHour
from queues.outcomes import Cancel, Done, Exchange, Permanent, Retry, Snooze
from queues.plans import make_plans
from queues.preparing import prepare
from queues.starting import start
from queues.states import State
from tests.cast import make_activation, store_payments
from tests.queues.engine import run_drain, run_tick, store

COUNTS = ("done", "retried", "dead", "snoozed", "cancelled")
OUTCOMES = [
    Done(exchange=Exchange(duration_ms=7)),
    Retry("503: busy", exchange=Exchange(duration_ms=30)),
    Permanent("422: no"),
    Snooze(1),
    Cancel("The other side has it."),
]


def sums():
    totals = OutcomeHour.objects.aggregate(**{name: Sum(name, default=0) for name in (*COUNTS, "crashed")})
    return {name: number for name, number in totals.items() if number}


def executed(activation, outcomes, time):
    """As many executions of due items, started, each with its outcome."""
    work = [limits for limits in find_work(time.now) if limits.client_integration_id == activation.pk]
    claimed = claim(work, most=len(outcomes), owner="me", now=time.now).rows
    plans, _ = make_plans([activation.pk])
    started = start(prepare(claimed, plans, time.now), time.now)
    for execution, outcome in zip(started, outcomes, strict=False):
        execution.outcome = outcome
    return started


def acknowledge(group, now):
    with transaction.atomic():
        finishing.finish(group, now)
        rollups.count(group, now)


def test_each_outcome_is_counted_in_its_hour(activation, time, script):
    store_payments(activation.client, activation.integration.entity, 5, now=time.now)
    run_tick(time)
    time.pass_(minutes=17)
    acknowledge(executed(activation, OUTCOMES, time), time.now)
    hour = OutcomeHour.objects.get()
    assert hour.hour == time.now - timedelta(minutes=17)
    assert [getattr(hour, name) for name in COUNTS] == [1, 1, 1, 1, 1]
    assert (hour.duration_ms, hour.last_done_on, hour.crashed) == (37, time.now, 0)


def test_a_second_group_is_added_and_another_hour_begins_a_row_of_its_own(activation, time, script):
    store_payments(activation.client, activation.integration.entity, 3, now=time.now)
    run_tick(time)
    first_done = time.now
    acknowledge(executed(activation, [Done()], time), time.now)
    time.pass_(minutes=1)
    acknowledge(executed(activation, [Permanent("422: no")], time), time.now)
    time.pass_(hours=1)
    acknowledge(executed(activation, [Done()], time), time.now)
    rows = OutcomeHour.objects.order_by("hour").values_list("done", "dead", "last_done_on")
    assert list(rows) == [(1, 1, first_done), (1, 0, time.now)]


def test_the_last_of_all_attempts_is_counted_as_dead(activation, time, script):
    activation.integration.refresh_from_db()
    activation.integration.max_attempts = 2
    publishing.publish(activation.integration, by=None, now=time.now)
    store(activation, 1, time=time)
    run_tick(time)
    script.answers["P-1"] = [Retry("busy"), Retry("still busy")]
    run_drain()
    time.pass_(seconds=13)
    run_drain()
    assert IntegrationQueue.objects.get().state == State.DEAD_LETTER
    assert sums() == {"retried": 1, "dead": 1}


def test_what_was_never_started_is_no_attempt(activation, time, script):
    store(activation, 1, time=time)
    run_tick(time)
    activation.client.records.all().delete()
    run_drain()
    assert IntegrationQueue.objects.get().state == State.CANCELLED
    assert not OutcomeHour.objects.exists()


def test_a_crash_is_counted_once_when_its_item_has_been_executed(activation, time, script):
    store(activation, 1, time=time)
    run_tick(time)
    IntegrationQueue.objects.update(
        state=State.PROCESSING, attempt=1, started_on=time.now, due_at=time.now, lease_no=1
    )
    script.answers["P-1"] = [Snooze(1), Retry("busy")]
    for _ in range(3):
        time.pass_(seconds=13)
        run_drain()
    assert sums() == {"snoozed": 1, "retried": 1, "done": 1, "crashed": 1}


def test_the_crashes_of_an_item_that_is_given_up_are_counted(activation, time, script):
    store(activation, 1, time=time)
    run_tick(time)
    IntegrationQueue.objects.update(
        state=State.PROCESSING, attempt=1, started_on=time.now, due_at=time.now, crashes=2, lease_no=1
    )
    run_drain()
    assert sums() == {"crashed": 3}


def test_a_group_of_many_clients_is_counted_in_one_statement_in_the_order_of_its_keys(
    activation, borealis, time, script
):
    other = make_activation(borealis, activation.integration, now=time.now)
    for each in (activation, other):
        store(each, 1, time=time)
    run_tick(time)
    group = [*executed(other, [Done()], time), *executed(activation, [Done()], time)]
    with CaptureQueriesContext(connection) as queries:
        rollups.count(group, time.now)
    assert len(queries) == 1
    assert list(OutcomeHour.objects.order_by("id").values_list("client_integration", flat=True)) == [
        activation.pk,
        other.pk,
    ]


def test_an_acknowledgement_that_fails_counts_nothing(activation, time, script, monkeypatch):
    store(activation, 1, time=time)
    run_tick(time)
    group = executed(activation, [Done()], time)
    monkeypatch.setattr(rollups, "_TABLE", "nowhere")
    with pytest.raises(Exception, match="nowhere"):
        acknowledge(group, time.now)
    assert not ActionAttempt.objects.exists()


@pytest.fixture
def six_items(activation, time, script):
    store_payments(activation.client, activation.integration.entity, 6, now=time.now)
    run_tick(time)


def open_again(time):
    time.now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    OutcomeHour.objects.all().delete()
    ActionAttempt.objects.all().delete()
    IntegrationQueue.objects.update(state=State.PENDING, attempt=0, action_log_id=None, due_at=time.now)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    groups=st.lists(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=6), max_size=3),
    hours=st.integers(0, 2),
)
def test_the_outcomes_add_up_to_the_attempts(activation, six_items, time, groups, hours):
    """By kind, too: each attempt that failed was retried, or was its item's last."""
    open_again(time)
    for outcomes in groups:
        acknowledge(executed(activation, outcomes, time), time.now)
        time.pass_(hours=hours, seconds=20)
    written = Counter(ActionAttempt.objects.values_list("outcome", flat=True))
    counted = Counter(sums())
    assert counted.total() == written.total()
    assert counted["done"] == written["Done"]
    assert counted["snoozed"] == written["Snoozed"]
    assert counted["cancelled"] == written["Cancelled"]
    assert counted["retried"] + counted["dead"] == written["Retry"] + written["Permanent"]
