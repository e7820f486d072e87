"""What goes when it is old, and what stays."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import IntegrationRun
from queues import beats, retention
from queues.models import (
    ActionAttempt,
    ActionLog,
    AttemptBody,
    IntegrationQueue,
    OutcomeHour,
    RetentionMark,
)
from queues.outcomes import Done, Exchange, Permanent, Retry
from queues.states import State
from tests.cast import store_payments
from tests.queues.engine import item, run_drain, run_tick, run_whole_tick, store


@pytest.fixture
def delivered(activation, time, script):
    """Three items, each delivered at the second attempt; both attempts have bodies."""
    store_payments(activation.client, activation.integration.entity, 3, now=time.now)
    for number in (1, 2, 3):
        exchange = Exchange("sent", "received", 503, 7)
        script.answers[f"P-{number}"] = [Retry("busy", exchange=exchange), Done(exchange=exchange)]
    run_tick(time)
    run_drain()
    time.pass_(seconds=13)
    run_drain()
    return activation


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(retention, "PAGE", 2)


def counts():
    return [model.objects.count() for model in (AttemptBody, ActionAttempt, ActionLog, IntegrationQueue)]


def prune_after(time, **age):
    return retention.prune(time.now + timedelta(**age))


def test_young_rows_stay_and_are_hardly_looked_at(delivered, time):
    with CaptureQueriesContext(connection) as queries:
        assert prune_after(time, days=6)
    deletes = [query["sql"] for query in queries if query["sql"].startswith("DELETE")]
    assert all("integrations_record" in each for each in deletes)  # the age of records is not looked at first
    assert counts() == [6, 6, 3, 3]


@pytest.mark.usefixtures("small_pages")
def test_bodies_go_first(delivered, time):
    prune_after(time, days=8)
    assert counts() == [0, 6, 3, 3]


@pytest.mark.usefixtures("small_pages")
def test_attempts_go_later_and_the_log_that_a_row_names_stays(delivered, time):
    prune_after(time, days=31)
    assert counts() == [0, 0, 3, 3]
    assert set(ActionLog.objects.values_list("pk", flat=True)) == set(
        IntegrationQueue.objects.values_list("action_log_id", flat=True)
    )


@pytest.mark.usefixtures("small_pages")
def test_a_log_that_no_row_names_any_more_goes_with_its_attempts(delivered, time):
    IntegrationQueue.objects.filter(item_name="P-1").update(action_log_id=None)
    prune_after(time, days=31)
    assert counts() == [0, 0, 2, 3]


def test_a_log_that_was_named_when_its_attempts_went_goes_with_those_of_its_successor(
    delivered, time, script
):
    prune_after(time, days=31)
    first = item("P-1").action_log_id
    time.pass_(days=32)
    IntegrationQueue.objects.filter(item_name="P-1").update(
        state=State.PENDING, cycle=2, action_log_id=None, due_at=time.now
    )
    run_drain()
    assert ActionLog.objects.filter(pk=first).exists()
    prune_after(time, days=31)
    assert not ActionLog.objects.filter(pk=first).exists()
    assert counts() == [0, 0, 3, 3]


def test_an_old_log_with_a_young_attempt_stays_whole(delivered, time):
    IntegrationQueue.objects.update(action_log_id=None)
    ActionAttempt.objects.filter(number=2).update(started_on=time.now + timedelta(days=20))
    prune_after(time, days=31)
    assert counts()[1:3] == [3, 3]


@pytest.mark.usefixtures("small_pages")
def test_finished_runs_and_hours_go_but_for_the_last_completed_one(delivered, time):
    for hours in range(1, 6):
        run_tick(time, hours=hours)
    assert IntegrationRun.objects.count() == 6
    newest = IntegrationRun.objects.latest("ended_on")
    open_run = IntegrationRun.objects.earliest("ended_on")
    IntegrationRun.objects.filter(pk=open_run.pk).update(status=IntegrationRun.Status.RUNNING, ended_on=None)
    prune_after(time, days=89)
    assert IntegrationRun.objects.count() == 6
    assert OutcomeHour.objects.exists()
    prune_after(time, days=91)
    assert set(IntegrationRun.objects.all()) == {newest, open_run}
    assert not OutcomeHour.objects.exists()


def test_the_ledger_is_not_searched_for_a_run_that_goes(delivered, time):
    run_tick(time, hours=1)
    with CaptureQueriesContext(connection) as queries:
        prune_after(time, days=91)
    assert not any("run_id" in query["sql"] for query in queries if "DELETE" not in query["sql"])


@pytest.mark.usefixtures("small_pages")
def test_a_settled_row_goes_with_its_logs_once_its_record_is_gone(delivered, time):
    delivered.client.records.filter(item_name="P-2").delete()
    prune_after(time, days=29)
    assert IntegrationQueue.objects.count() == 3
    prune_after(time, days=31)
    assert set(IntegrationQueue.objects.values_list("item_name", flat=True)) == {"P-1", "P-3"}
    assert counts() == [0, 0, 2, 2]


@pytest.mark.parametrize("state", sorted(set(State) - {State.SUCCEEDED, State.CANCELLED}))
def test_a_row_that_is_not_settled_stays_without_its_record(delivered, time, state):
    delivered.client.records.all().delete()
    IntegrationQueue.objects.update(state=state, message="Why.")
    prune_after(time, days=400)
    assert IntegrationQueue.objects.count() == 3


def test_a_dead_letter_that_was_cancelled_by_hand_goes(activation, time, script):
    store(activation, 1, time=time)
    script.answers["P-1"] = [Permanent("422: no")]
    run_tick(time)
    run_drain()
    activation.client.records.all().delete()
    IntegrationQueue.objects.update(state=State.CANCELLED)
    prune_after(time, days=31)
    assert not IntegrationQueue.objects.exists()


def test_the_record_of_another_client_or_entity_keeps_no_row(delivered, borealis, time):
    store_payments(borealis, delivered.integration.entity, 3, now=time.now)
    delivered.client.records.all().delete()
    prune_after(time, days=31)
    assert not IntegrationQueue.objects.exists()


@pytest.mark.usefixtures("small_pages")
def test_out_of_time_it_remembers_how_far_it_came_and_goes_on_there(delivered, time):
    delivered.client.records.all().delete()
    later = time.now + timedelta(days=31)
    first = IntegrationQueue.objects.earliest("pk").pk
    assert not retention.prune(later, seconds=0)
    assert RetentionMark.objects.get(name="queue_integrationqueue").key == first + 1
    assert list(IntegrationQueue.objects.values_list("pk", flat=True)) == [first + 2]
    while not retention.prune(later, seconds=0):
        assert RetentionMark.objects.exists()
    assert counts() == [0, 0, 0, 0]
    assert not RetentionMark.objects.exists()


def test_pruning_again_changes_nothing(delivered, time):
    prune_after(time, days=31)
    before = counts()
    assert prune_after(time, days=31)
    assert counts() == before


def test_the_settings_say_how_long(delivered, time, settings):
    settings.HUB_BODY_DAYS, settings.HUB_ATTEMPT_DAYS = 2, 3
    prune_after(time, days=2, seconds=1)
    assert counts() == [0, 6, 3, 3]
    prune_after(time, days=3, seconds=1)
    assert counts() == [0, 0, 3, 3]


def test_the_tick_prunes_once_an_hour_and_sooner_while_something_is_left(activation, time, monkeypatch):
    pruned = []
    monkeypatch.setattr(retention, "prune", pruned.append)
    run_whole_tick(time)
    run_whole_tick(time, minutes=59)
    assert len(pruned) == 1
    run_whole_tick(time, minutes=1)
    assert len(pruned) == 2
    RetentionMark.objects.create(name="queue_actionattempt", key=7)
    run_whole_tick(time, minutes=1)
    assert len(pruned) == 3
    assert beats.last_seen("retention") == time.now


def test_a_fault_in_it_stops_no_tick(delivered, time, monkeypatch):
    def fail(now):
        raise RuntimeError("no")

    monkeypatch.setattr(retention, "prune_hourly", fail)
    store(delivered, 9, time=time)
    assert run_whole_tick(time, hours=1).queued == 1
