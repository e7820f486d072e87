"""Executing what was queued."""

from datetime import timedelta

import pytest

from integrations import activation as activations
from integrations import publishing
from integrations.models import ClientIntegration, System
from queues import claiming, handling
from queues.draining import Drain
from queues.limits import Limits
from queues.models import ActionAttempt, ActionLog, IntegrationQueue
from queues.outbound import NO_MATCH
from queues.outcomes import Done, Exchange, Permanent, Retry, Snooze
from queues.preparing import CRASHED, GONE
from queues.states import State
from tests.cast import make_activation, make_integration, store_payments
from tests.queues.engine import item, run_drain, run_hourly, run_tick, states, store


def change(integration, time, **changes):
    integration.refresh_from_db()
    for name, value in changes.items():
        setattr(integration, name, value)
    publishing.publish(integration, by=None, now=time.now)


def queue(activation, time, count):
    store_payments(activation.client, activation.integration.entity, count, now=time.now)
    run_tick(time)


def limits(activation, **changes):
    return Limits(
        **{
            "client_integration_id": activation.pk,
            "batch_size": 20,
            "parallel": True,
            "strict_order": False,
            "client_id": activation.client_id,
            "system_id": activation.integration.system_id,
            **changes,
        }
    )


def test_an_item_is_delivered_logged_and_settled(activation, time, script):
    queue(activation, time, 1)
    script.answers["P-1"] = [Done(exchange=Exchange("sent", "received", 201, 7))]
    assert run_drain() == 1
    row = item("P-1")
    assert (row.state, row.attempt, row.due_at, row.finished_on) == (State.SUCCEEDED, 0, None, time.now)
    log = ActionLog.objects.get(pk=row.action_log_id)
    attempt = log.attempts.get()
    assert (log.cycle, log.item_id, log.version) == (1, row.pk, 1)
    assert (attempt.number, attempt.outcome, attempt.status, attempt.duration_ms) == (1, "Done", 201, 7)
    assert (attempt.body.request, attempt.body.response) == ("sent", "received")


def test_a_failure_is_retried_under_the_same_key_after_its_back_off(activation, time, script):
    queue(activation, time, 1)
    script.answers["P-1"] = [Retry("503: busy")]
    run_drain()
    row = item("P-1")
    assert (row.state, row.attempt, row.message) == (State.RETRYING, 1, "503: busy")
    assert time.now + timedelta(seconds=8) <= row.due_at <= time.now + timedelta(seconds=12)
    assert run_drain() == 0
    time.pass_(seconds=13)
    run_drain()
    assert script.keys == [f"{row.pk}-1"] * 2
    assert item("P-1").state == State.SUCCEEDED
    assert list(ActionAttempt.objects.values_list("log", "number")) == [
        (row.action_log_id, 1),
        (row.action_log_id, 2),
    ]


def test_after_its_last_attempt_an_item_is_a_dead_letter_with_its_reason(activation, time, script):
    change(activation.integration, time, max_attempts=2)
    queue(activation, time, 1)
    script.answers["P-1"] = [Retry("503: busy"), Retry("503: still busy")]
    run_drain()
    time.pass_(seconds=13)
    run_drain()
    row = item("P-1")
    assert (row.state, row.attempt, row.due_at) == (State.DEAD_LETTER, 2, None)
    assert row.message == "Gave up after 2 attempts. 503: still busy"


def test_a_permanent_failure_is_a_dead_letter_at_once(activation, time, script):
    queue(activation, time, 2)
    script.answers["P-1"] = [Permanent("422: account closed")]
    run_drain()
    assert (item("P-1").state, item("P-1").message) == (State.DEAD_LETTER, "422: account closed")
    assert item("P-2").state == State.SUCCEEDED


def test_a_snoozed_item_is_not_charged(activation, time, script):
    queue(activation, time, 1)
    script.answers["P-1"] = [Snooze(60)]
    run_drain()
    row = item("P-1")
    assert (row.state, row.attempt, row.due_at) == (State.PENDING, 0, time.now + timedelta(seconds=60))


def test_a_handler_that_raises_is_retried_and_takes_nobody_with_it(activation, time, script):
    queue(activation, time, 3)

    def explode(work):
        if work.row.item_name == "P-2":
            raise RuntimeError("s3cret")

    script.side_effect = explode
    run_drain()
    assert states() == {"P-1": "Succeeded", "P-2": "Retrying", "P-3": "Succeeded"}
    assert item("P-2").message == "The handler failed: RuntimeError"


@pytest.mark.parametrize(("delete", "reason"), [(True, GONE), (False, NO_MATCH)])
def test_what_is_gone_or_no_longer_matches_is_cancelled_at_its_start(
    activation, time, script, delete, reason
):
    change(activation.integration, time, filter='x => x.Status == "Open"')
    queue(activation, time, 1)
    if delete:
        activation.client.records.all().delete()
    else:
        time.pass_(seconds=1)
        store(activation, 1, time=time, Status="Closed")
    run_drain()
    row = item("P-1")
    assert (row.state, row.message, row.attempt, row.due_at) == (State.CANCELLED, reason, 0, None)
    assert script.calls == []


def test_a_newer_version_noted_while_executing_opens_a_new_cycle_at_the_end(activation, time, script):
    change(activation.integration, time, include_update=True)
    queue(activation, time, 1)

    def update(work):
        script.side_effect = None
        time.pass_(hours=1)
        store(activation, 1, time=time)
        run_tick(time)

    script.side_effect = update
    run_drain()
    row = item("P-1")
    assert script.keys == [f"{row.pk}-1", f"{row.pk}-2"]
    assert (row.state, row.cycle) == (State.SUCCEEDED, 2)


def test_a_newer_version_noted_while_failing_starts_afresh(activation, time, script):
    queue(activation, time, 1)
    script.answers["P-1"] = [Permanent("no")]

    def update(work):
        script.side_effect = None
        time.pass_(hours=1)
        store(activation, 1, time=time)
        run_tick(time)

    script.side_effect = update
    run_drain()
    assert (item("P-1").state, item("P-1").cycle, item("P-1").attempt) == (State.SUCCEEDED, 2, 0)


def test_what_is_delivered_is_the_version_that_was_read(activation, time, script):
    change(activation.integration, time, include_update=True)
    queue(activation, time, 1)
    time.pass_(seconds=5)
    store(activation, 1, time=time)
    run_drain()
    assert item("P-1").item_updated_on == time.now
    assert run_hourly(time).queued == 0


def test_another_content_is_never_sent_under_the_same_key(activation, time, script):
    queue(activation, time, 1)
    stamp = time.now
    script.answers["P-1"] = [Retry("busy")]
    run_drain()
    time.pass_(seconds=13)
    store(activation, 1, time=time, updated_on=stamp, Amount="7")
    run_drain()
    row = item("P-1")
    assert script.keys == [f"{row.pk}-1", f"{row.pk}-2"]
    assert set(ActionLog.objects.values_list("cycle", flat=True)) == {1, 2}


def test_no_more_than_batch_size_are_claimed_over_all_processes(activation, time):
    queue(activation, time, 10)
    first = claiming.claim([limits(activation, batch_size=4)], most=100, owner="a", now=time.now)
    second = claiming.claim([limits(activation, batch_size=6)], most=100, owner="b", now=time.now)
    third = claiming.claim([limits(activation, batch_size=6)], most=100, owner="b", now=time.now)
    assert [len(each.rows) for each in (first, second, third)] == [4, 2, 0]
    assert [each.others for each in (first, second, third)] == [0, 4, 4]


def test_serial_items_go_in_order_and_a_retrying_one_lets_later_ones_pass(activation, time, script):
    change(activation.integration, time, parallel=False)
    for number in (3, 1, 2):
        store(activation, number, time=time, updated_on=time.now + timedelta(seconds=number))
    run_tick(time)
    script.answers["P-1"] = [Retry("busy")]
    run_drain()
    time.pass_(seconds=13)
    run_drain()
    assert script.items == ["P-1", "P-2", "P-3", "P-1"]


def test_in_strict_order_an_item_waits_until_the_one_before_it_has_ended(activation, time, script):
    change(activation.integration, time, parallel=False, strict_order=True)
    for number in (2, 1):
        store(activation, number, time=time, updated_on=time.now + timedelta(seconds=number))
    run_tick(time)
    script.answers["P-1"] = [Retry("busy")]
    run_drain()
    time.pass_(seconds=13)
    run_drain()
    assert script.items == ["P-1", "P-1", "P-2"]


def test_in_order_what_a_dead_worker_has_left_goes_before_all_others(activation, time, script):
    change(activation.integration, time, parallel=False)
    queue(activation, time, 2)
    IntegrationQueue.objects.filter(item_name="P-2").update(
        state=State.PROCESSING, due_at=time.now + timedelta(seconds=1), lease_no=1
    )
    assert run_drain() == 0
    time.pass_(seconds=2)
    run_drain()
    assert script.items == ["P-2", "P-1"]


def test_each_client_gets_its_share(activation, borealis, time, script, monkeypatch):
    monkeypatch.setattr("queues.draining.GROUP", 10)
    other = make_activation(borealis, activation.integration, now=time.now)
    store_payments(activation.client, activation.integration.entity, 40, now=time.now)
    store(other, 99, time=time)
    run_tick(time)
    run_drain()
    assert script.items.index("P-99") < 10


def test_a_worker_that_died_before_the_start_costs_nothing(activation, time, script):
    queue(activation, time, 1)
    claiming.claim([limits(activation)], most=1, owner="dead", now=time.now)
    assert run_drain() == 0
    time.pass_(seconds=61)
    run_drain()
    assert (item("P-1").state, item("P-1").crashes, script.items) == (State.SUCCEEDED, 0, ["P-1"])


def test_a_worker_that_died_while_executing_costs_no_attempt(activation, time, script):
    queue(activation, time, 1)
    IntegrationQueue.objects.update(
        state=State.PROCESSING,
        attempt=1,
        started_on=time.now,
        due_at=time.now + timedelta(seconds=1),
        lease_no=1,
    )
    time.pass_(seconds=2)
    seen = []
    script.side_effect = lambda work: seen.append(
        IntegrationQueue.objects.values_list("crashes", "attempt").get()
    )
    run_drain()
    assert seen == [(1, 1)]
    assert (item("P-1").state, item("P-1").crashes) == (State.SUCCEEDED, 0)


def test_after_three_crashes_an_item_is_a_dead_letter(activation, time, script):
    queue(activation, time, 2)
    poison = item("P-1")
    IntegrationQueue.objects.filter(pk=poison.pk).update(
        state=State.PROCESSING, attempt=1, started_on=time.now, due_at=time.now, crashes=2, lease_no=3
    )
    run_drain()
    poison.refresh_from_db()
    assert (poison.state, poison.message, poison.crashes) == (State.DEAD_LETTER, CRASHED, 3)
    assert script.items == ["P-2"]


def test_a_rescued_item_runs_alone(activation, time, script):
    queue(activation, time, 5)
    IntegrationQueue.objects.filter(item_name="P-3").update(
        state=State.PROCESSING, attempt=1, started_on=time.now, due_at=time.now, lease_no=1
    )
    company = {}

    def look(work):
        company[work.row.item_name] = IntegrationQueue.objects.filter(started_on__isnull=False).count()

    script.side_effect = look
    run_drain()
    assert company["P-3"] == 1
    assert set(company) == {"P-1", "P-2", "P-3", "P-4", "P-5"}


def test_a_worker_that_lost_its_lease_changes_nothing(activation, time, script):
    queue(activation, time, 1)

    def lose_the_lease(work):
        IntegrationQueue.objects.update(lease_no=99, lease_owner="other")

    script.side_effect = lose_the_lease
    run_drain()
    row = item("P-1")
    assert (row.state, row.lease_owner) == (State.PROCESSING, "other")


def test_cancelling_a_running_item_wins_over_its_outcome(activation, time, script, as_acme):
    queue(activation, time, 1)
    script.side_effect = lambda work: handling.cancel(item("P-1"), by=as_acme, now=time.now)
    run_drain()
    assert item("P-1").state == State.CANCELLED


def test_rows_of_a_disabled_integration_are_not_claimable_until_it_is_on_again(
    activation, time, script, as_acme
):
    queue(activation, time, 2)
    activations.disable(activation, now=time.now, by=as_acme)
    assert set(IntegrationQueue.objects.values_list("due_at", flat=True)) == {None}
    assert run_drain() == 0
    activations.enable(activation, now=time.now, by=as_acme)
    assert run_drain() == 2


def test_what_fails_while_it_is_being_disabled_waits_for_it_to_be_on_again(activation, time, script, as_acme):
    queue(activation, time, 1)
    script.answers["P-1"] = [Retry("busy")]
    script.side_effect = lambda work: activations.disable(activation, now=time.now, by=as_acme)
    run_drain()
    assert (item("P-1").state, item("P-1").due_at) == (State.RETRYING, None)


def test_a_system_that_cannot_be_called_stops_nobody_else_and_is_shown(activation, borealis, time, script):
    queue(activation, time, 1)
    broken = make_integration(
        activation.integration.entity,
        now=time.now,
        name="Broken",
        system=System.objects.create(name="Broken", base_url="https://broken.example.com"),
        action=activation.integration.action,
        schedule=activation.integration.schedule,
    )
    other = make_activation(borealis, broken, now=time.now)
    store(other, 2, time=time)
    run_tick(time)
    System.objects.filter(name="Broken").update(base_url="nonsense")
    run_drain()
    other.refresh_from_db()
    assert "cannot be called" in other.problem
    assert (item("P-1").state, item("P-2").state, item("P-2").attempt) == (State.SUCCEEDED, State.PENDING, 0)
    assert script.items == ["P-1"]


def test_a_secret_that_does_not_open_stops_only_its_own_client(activation, borealis, time, script):
    System.objects.update(authentication=System.Authentication.BEARER, secret="t")
    other = make_activation(borealis, activation.integration, now=time.now)
    ClientIntegration.objects.filter(pk=other.pk).update(secret="x")
    store(activation, 1, time=time)
    store(other, 2, time=time)
    run_tick(time)
    _corrupt_secret(other)
    run_drain()
    assert (item("P-1").state, item("P-2").state) == (State.SUCCEEDED, State.PENDING)
    assert "HUB_ENCRYPTION_KEYS" in ClientIntegration.objects.values_list("problem", flat=True).get(
        pk=other.pk
    )


def _corrupt_secret(activation):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_clientintegration SET secret = 'garbage' WHERE id = %s", [activation.pk]
        )


def test_a_record_that_cannot_be_read_fails_alone(activation, time, script):
    queue(activation, time, 2)
    activation.client.records.filter(item_name="P-1").update(data={"Amount": "a lot"})
    change(activation.integration, time, filter="x => x.Amount > 0m")
    run_drain()
    assert (item("P-1").state, item("P-2").state) == (State.DEAD_LETTER, State.SUCCEEDED)


def test_a_drain_that_is_stopped_gives_back_what_it_has_not_started(activation, time, script):
    queue(activation, time, 5)
    with Drain() as worker:
        worker.step()
        assert len(worker.held) == 5
        worker.run(seconds=0, stop=lambda: True, wait=False)
    assert set(IntegrationQueue.objects.values_list("state", "attempt", "due_at")) == {
        ("Pending", 0, time.now)
    }


def test_the_heartbeat_keeps_what_is_held(activation, time, script):
    queue(activation, time, 1)
    with Drain() as worker:
        worker.step()
        time.pass_(seconds=40)
        worker._beat_due = 0
        worker._keep_leases()
        time.pass_(seconds=40)
        assert run_drain() == 0
        worker.run(seconds=0, stop=lambda: True, wait=False)
