"""Stopping, starting and slowing down: the hub by staff, a client by itself, and never one client another."""

from datetime import timedelta

import pytest

from integrations import engine_switch
from integrations.activation import align
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.models import (
    AuditEntry,
    ClientIntegration,
    Connection,
    EngineSwitch,
    IntegrationRun,
    Record,
)
from integrations.principals import Principal, Scope
from queues import forcing, halting, syncing, ticking
from queues.why_not import explain
from tests.cast import make_activation
from tests.queues.engine import run_drain, run_hourly, run_whole_tick, states, store


@pytest.fixture
def theirs(borealis, export, time):
    return make_activation(borealis, export, now=time.now)


def runs_of(client):
    return IntegrationRun.objects.filter(client=client).count()


def test_a_client_s_stop_stops_itself_alone(activation, theirs, acme, borealis, as_acme, time):
    store(activation, 1, time=time)
    run_whole_tick(time)
    engine_switch.switch(acme, False, by=as_acme, now=time.now)
    store(theirs, 2, time=time)
    assert run_drain() == 0
    report = run_hourly(time)
    assert (report.runs, runs_of(acme), runs_of(borealis)) == (1, 1, 2)
    run_drain()
    assert states() == {"P-1": "Pending", "P-2": "Succeeded"}
    assert engine_switch.look(borealis).is_running
    state = engine_switch.look(acme)
    assert (state.is_running, state.hub_is_running) == (False, True)
    engine_switch.switch(acme, True, by=as_acme, now=time.now)
    run_drain()
    assert states()["P-1"] == "Succeeded"
    assert [entry.act for entry in AuditEntry.objects.order_by("id")] == ["stop engine", "start engine"]


def test_the_hub_s_stop_stops_everybody_and_outlasts_restarts(activation, theirs, as_staff, time, acme):
    store(activation, 1, time=time)
    run_whole_tick(time)
    engine_switch.switch(None, False, by=as_staff, now=time.now)
    assert run_hourly(time).runs == 0
    assert halting.or_halted(lambda: False)()
    assert not engine_switch.look(acme).is_running
    with pytest.raises(Conflict):
        syncing.sync_all(acme, by=as_staff, now=time.now)
    engine_switch.switch(None, True, by=as_staff, now=time.now)
    assert run_hourly(time).runs == 2
    assert not halting.or_halted(lambda: False)()
    assert halting.or_halted(lambda: True)()


def test_the_drains_look_up_the_stop_once_a_second(db, django_assert_num_queries):
    moments = iter([0.0, 0.0, 0.5, 0.9, 1.0, 1.0])
    ask = halting.or_halted(lambda: False, clock=lambda: next(moments))
    with django_assert_num_queries(2):
        assert not any(ask() for _ in range(4))


def test_who_may_switch_what(acme, borealis, as_acme, as_staff, now):
    reader = Principal(user=None, client=acme, scopes=frozenset({Scope.READ}))
    for client, by in ((None, as_acme), (borealis, as_acme), (acme, reader)):
        for act in (engine_switch.switch, engine_switch.change_interval):
            with pytest.raises(NotAllowed):
                act(client, {"switch": False}.get(act.__name__, timedelta(hours=1)), by=by, now=now)
        with pytest.raises(NotAllowed):
            engine_switch.force(client or acme, by=reader, now=now)
    assert not EngineSwitch.objects.exists()
    engine_switch.switch(borealis, False, by=as_staff, now=now)
    assert EngineSwitch.objects.get().client == borealis


def test_a_client_s_interval_holds_for_its_automatic_runs_alone(
    activation, theirs, acme, borealis, as_acme, time
):
    run_whole_tick(time)
    engine_switch.change_interval(acme, timedelta(hours=3), by=as_acme, now=time.now)
    run_hourly(time)
    counts = [(runs_of(acme), runs_of(borealis))]
    for _ in range(4):
        run_hourly(time)
        counts.append((runs_of(acme), runs_of(borealis)))
    assert counts == [(2, 2), (2, 3), (2, 4), (3, 5), (3, 6)]
    assert syncing.sync_all(acme, by=as_acme, now=time.now) == 1, "what is asked for does not wait"
    run_whole_tick(time)
    assert runs_of(acme) == 4


def test_the_hub_s_interval_holds_for_everybody(activation, theirs, as_staff, time):
    engine_switch.change_interval(None, timedelta(hours=2), by=as_staff, now=time.now)
    assert [run_whole_tick(time).runs, *(run_hourly(time).runs for _ in range(3))] == [2, 0, 2, 0]


def test_an_interval_is_a_minute_to_a_day(acme, as_acme, now):
    for seconds in (0, 59, 86_401, -60, 10**9):
        with pytest.raises(Refused) as refusal:
            engine_switch.change_interval(acme, timedelta(seconds=seconds), by=as_acme, now=now)
        assert refusal.value.field == "interval"
    engine_switch.change_interval(acme, timedelta(hours=24), by=as_acme, now=now)
    assert engine_switch.look(acme).interval == timedelta(hours=24)


def test_sync_all_runs_everything_once_however_often_it_is_asked_for(activation, theirs, acme, as_acme, time):
    run_whole_tick(time)
    store(activation, 1, time=time)
    assert syncing.sync_all(acme, by=as_acme, now=time.now) == 1
    assert syncing.sync_all(acme, by=as_acme, now=time.now) == 0
    run_whole_tick(time, seconds=1)
    run = IntegrationRun.objects.get(slot=None)
    assert (run.client, run.status, run.queued) == (acme, "Completed", 1)


def test_force_overrides_the_client_s_own_stop_for_one_sync(activation, acme, as_acme, time):
    run_whole_tick(time)
    engine_switch.switch(acme, False, by=as_acme, now=time.now)
    store(activation, 1, time=time)
    with pytest.raises(Conflict):
        syncing.sync_all(acme, by=as_acme, now=time.now)
    assert syncing.force_sync_all(acme, by=as_acme, now=time.now) == 1
    began = time.now
    time.pass_(seconds=1)  # while it scans
    ticking.tick(began)
    assert ClientIntegration.objects.get().runnable, "what it found is not delivered yet"
    run_drain()
    assert states() == {"P-1": "Succeeded"}
    forcing.end_spent(time.now)
    assert not ClientIntegration.objects.get().runnable
    assert not engine_switch.look(acme).is_running
    before = runs_of(acme)
    store(activation, 2, time=time)
    run_hourly(time)
    assert (runs_of(acme), states()) == (before, {"P-1": "Succeeded"})


def test_force_never_overrides_the_hub_s_stop(activation, acme, as_acme, as_staff, time):
    engine_switch.switch(None, False, by=as_staff, now=time.now)
    with pytest.raises(Conflict, match="hub's"):
        syncing.force_sync_all(acme, by=as_acme, now=time.now)
    assert not IntegrationRun.objects.exists()


def test_a_force_ends_by_itself(activation, acme, as_acme, time):
    run_whole_tick(time)
    engine_switch.switch(acme, False, by=as_acme, now=time.now)
    engine_switch.force(acme, by=as_acme, now=time.now)
    assert ClientIntegration.objects.get().runnable
    run_whole_tick(time, minutes=11)
    assert not ClientIntegration.objects.get().runnable


def test_what_is_stopped_is_given_as_the_reason(activation, acme, export, as_acme, as_staff, time):
    store(activation, 1, time=time)
    (item_id,) = Record.objects.values_list("item_id", flat=True)

    def reasons():
        return explain(export, acme, item_id, now=time.now).reasons

    engine_switch.switch(acme, False, by=as_acme, now=time.now)
    assert reasons() == ["The client has stopped its engine."]
    engine_switch.switch(acme, True, by=as_acme, now=time.now)
    engine_switch.switch(None, False, by=as_staff, now=time.now)
    assert reasons() == ["Staff have stopped the hub's engine."]
    engine_switch.switch(None, True, by=as_staff, now=time.now)
    Connection.objects.create(client=acme, system=export.system, name="x", active=False)
    align(ClientIntegration.objects.all(), now=time.now)
    assert reasons() == ["The client's connection to the system is not active."]
