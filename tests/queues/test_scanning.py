"""What a scan finds."""

from datetime import timedelta

import pytest

from integrations import activation as activations
from integrations import publishing, records
from integrations.models import ClientIntegration, IntegrationRun
from queues.enqueue import Opening, open_items
from queues.models import IntegrationQueue
from queues.outcomes import Permanent
from queues.states import State
from tests.cast import make_activation, make_schedule, payment_row, store_payments
from tests.queues.engine import item, run_drain, run_hourly, run_tick, states, store


def republish(integration, time, **changes):
    integration.refresh_from_db()
    for name, value in changes.items():
        setattr(integration, name, value)
    publishing.publish(integration, by=None, now=time.now)


def test_every_matching_record_is_queued_once(activation, time):
    store_payments(activation.client, activation.integration.entity, 3, now=time.now)
    report = run_tick(time)
    assert (report.runs, report.queued) == (1, 3)
    assert states() == {"P-1": "Pending", "P-2": "Pending", "P-3": "Pending"}
    assert run_hourly(time).queued == 0


def test_nothing_is_queued_for_a_client_integration_that_is_gone(activation, time):
    opening = Opening(ClientIntegration.objects.select_related("integration").get(), None, time.now)
    ClientIntegration.objects.all().delete()
    assert open_items([("1", "P-1", time.now)], opening) == 0
    assert not IntegrationQueue.objects.exists()


def test_only_what_matches_is_queued(activation, time):
    republish(activation.integration, time, filter='x => x.Status == "Open" && x.Amount > 99.5m')
    store(activation, 1, time=time)
    store(activation, 2, time=time, Status="Closed")
    store(activation, 3, time=time, Amount="99.5")
    store(activation, 4, time=time, Amount=None)
    run_tick(time)
    assert states() == {"P-1": "Pending"}


def test_a_row_becomes_due_by_time_alone(activation, time):
    republish(activation.integration, time, filter="x => x.DueOn < DateTime.UtcNow.AddDays(-2)")
    store(activation, 1, time=time, DueOn=time.now.date().isoformat())
    assert run_tick(time).queued == 0
    assert run_tick(time, days=1).queued == 0
    assert run_tick(time, days=2).queued == 1


def test_a_row_becomes_due_by_a_widened_filter(activation, time):
    republish(activation.integration, time, filter="x => x.Amount > 1000m")
    store(activation, 1, time=time)
    assert run_tick(time).queued == 0
    republish(activation.integration, time, filter="x => x.Amount > 10m")
    assert run_hourly(time).queued == 1


def test_a_row_stored_late_with_an_old_version_is_found(activation, time):
    store(activation, 1, time=time)
    run_tick(time)
    time.pass_(minutes=30)
    store(activation, 2, time=time, updated_on=time.now - timedelta(days=400))
    assert run_tick(time, minutes=40).queued == 1
    assert item("P-2").state == State.PENDING


def test_a_row_committed_after_a_scan_with_an_earlier_arrival_is_found(activation, time):
    store(activation, 1, time=time)
    run_tick(time)
    arrived = time.now - timedelta(seconds=30)
    row = payment_row(2, updated_on=arrived)
    records.store(activation.client, activation.integration.entity, [row], now=arrived)
    assert run_hourly(time).queued == 1


def test_what_was_stored_before_it_was_switched_on_again_is_found(activation, time, as_acme):
    run_tick(time)
    activations.disable(activation, now=time.now, by=as_acme)
    store(activation, 1, time=time)
    time.pass_(days=3)
    activations.enable(activation, now=time.now, by=as_acme)
    assert run_tick(time).queued == 1


def test_an_unchanged_record_moves_nothing(activation, time):
    republish(activation.integration, time, include_update=True)
    stamp = time.now
    store(activation, 1, time=time)
    run_tick(time)
    run_drain()
    before = IntegrationQueue.objects.values().get()
    time.pass_(minutes=50)
    store(activation, 1, time=time, updated_on=stamp)
    assert run_tick(time, minutes=20).queued == 0
    assert IntegrationQueue.objects.values().get() == before


def test_without_include_update_a_row_is_executed_once(activation, time, script):
    store(activation, 1, time=time)
    run_tick(time)
    run_drain()
    time.pass_(minutes=50)
    store(activation, 1, time=time)
    assert run_tick(time, minutes=20).queued == 0
    run_drain()
    assert script.items == ["P-1"]


def test_include_update_executes_a_newer_version_under_a_new_key(activation, time, script):
    republish(activation.integration, time, include_update=True)
    store(activation, 1, time=time)
    run_tick(time)
    run_drain()
    time.pass_(minutes=50)
    store(activation, 1, time=time)
    assert run_tick(time, minutes=20).queued == 1
    run_drain()
    key = item("P-1").pk
    assert script.keys == [f"{key}-1", f"{key}-2"]
    assert item("P-1").state == State.SUCCEEDED


def test_continuous_executes_again_on_every_run_while_it_matches(activation, time, script):
    republish(
        activation.integration,
        time,
        include_update=True,
        continuous=True,
        filter="x => x.DueOn > DateTime.UtcNow",
    )
    store(activation, 1, time=time, DueOn=(time.now + timedelta(days=1)).date().isoformat())
    for _ in range(3):
        run_tick(time, hours=1)
        run_drain()
    assert len(set(script.keys)) == 3
    assert run_tick(time, days=2).queued == 0


def test_continuous_never_reopens_a_dead_letter(activation, time, script):
    republish(activation.integration, time, include_update=True, continuous=True)
    script.answers["P-1"] = [Permanent("no")]
    store(activation, 1, time=time)
    run_tick(time)
    run_drain()
    assert run_hourly(time).queued == 0
    assert item("P-1").state == State.DEAD_LETTER


@pytest.mark.parametrize("state", [State.CANCELLED, State.ON_HOLD])
def test_a_newer_version_of_what_a_person_set_aside_is_noted_and_nothing_more(activation, time, state):
    store(activation, 1, time=time)
    run_tick(time)
    IntegrationQueue.objects.update(state=state, due_at=None)
    time.pass_(minutes=50)
    store(activation, 1, time=time)
    newest = time.now
    assert run_tick(time, minutes=20).queued == 0
    row = item("P-1")
    assert (row.state, row.item_updated_on, row.cycle, row.due_at) == (state, newest, 1, None)


def test_a_newer_version_of_a_waiting_row_starts_a_new_cycle(activation, time):
    store(activation, 1, time=time)
    run_tick(time)
    IntegrationQueue.objects.update(state=State.RETRYING, attempt=2, due_at=time.now + timedelta(days=1))
    time.pass_(minutes=50)
    store(activation, 1, time=time)
    assert run_tick(time, minutes=20).queued == 1
    row = item("P-1")
    assert (row.state, row.attempt, row.cycle, row.due_at) == (State.PENDING, 0, 2, time.now)


def test_one_clients_malformed_filter_stops_nobody_else_and_is_shown(activation, borealis, time):
    other = make_activation(borealis, activation.integration, now=time.now)
    own = publishing_of_its_own(borealis, activation.integration, time)
    own.filter = "x => x.Amount >"
    own.save()
    broken = make_activation(borealis, own, now=time.now)
    store(activation, 1, time=time)
    store(other, 2, time=time)
    report = run_tick(time)
    assert (report.queued, report.problems) == (2, 1)
    broken.refresh_from_db()
    assert broken.problem
    assert IntegrationRun.objects.get(client_integration=broken).status == IntegrationRun.Status.FAILED
    own.filter = None
    own.save()
    run_hourly(time)
    broken.refresh_from_db()
    assert broken.problem == ""


def test_one_clients_malformed_schedule_stops_nobody_else_and_is_shown(activation, borealis, time):
    other = make_activation(borealis, activation.integration, now=time.now)
    ClientIntegration.objects.filter(pk=other.pk).update(
        schedule=make_schedule(name="Bad", cron="61 * * * *")
    )
    store(activation, 1, time=time)
    assert run_tick(time).queued == 1
    other.refresh_from_db()
    assert "61 * * * *" in other.problem


def test_a_record_that_is_not_of_its_entitys_types_is_left_out_and_shown(activation, time):
    republish(activation.integration, time, filter="x => x.DueOn.AddMonths(1) > new DateTime(2000, 1, 1)")
    store(activation, 1, time=time)
    store(activation, 2, time=time)
    activation.client.records.filter(item_name="P-1").update(data={"Amount": "a lot", "DueOn": "2030-01-01"})
    assert run_tick(time).queued == 1
    activation.refresh_from_db()
    assert "00000001" in activation.problem
    assert states() == {"P-2": "Pending"}


def test_a_run_whose_process_died_is_taken_up_again(activation, time):
    store(activation, 1, time=time)
    run = IntegrationRun.objects.create(
        client=activation.client,
        client_integration=activation,
        version=1,
        slot=time.now - timedelta(hours=1),
        started_on=time.now,
        touched_on=time.now,
    )
    ClientIntegration.objects.update(next_run_at=time.now + timedelta(hours=5))
    assert run_tick(time).runs == 0
    assert run_tick(time, minutes=4).queued == 1
    run.refresh_from_db()
    assert (run.status, run.queued) == (IntegrationRun.Status.COMPLETED, 1)


def test_after_a_downtime_there_is_one_run_to_catch_up(activation, time):
    run_tick(time)
    run_tick(time, days=30)
    run_tick(time)
    assert IntegrationRun.objects.count() == 2


def test_a_slot_is_fired_once_however_many_tick(activation, time):
    slot = ClientIntegration.objects.get().next_run_at
    run_tick(time)
    ClientIntegration.objects.update(next_run_at=slot)
    run_tick(time)
    assert IntegrationRun.objects.count() == 1
    assert ClientIntegration.objects.get().next_run_at > slot


def publishing_of_its_own(client, integration, time):
    from tests.cast import make_action, make_integration, make_system

    return make_integration(
        integration.entity,
        client,
        now=time.now,
        name="Own",
        system=make_system(client),
        action=make_action(client, handler="test.script"),
        schedule=make_schedule(client),
    )
