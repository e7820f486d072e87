"""How many items there are in each state, as the tick has counted them."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations import activation as activations
from queues import snapshots
from queues.models import IntegrationQueue, OutcomeHour, StateSnapshot
from queues.models.numbers import COLUMNS
from queues.outcomes import Done, Permanent, Retry
from queues.states import State
from tests.cast import make_activation, make_integration, store_payments
from tests.queues.engine import item, run_drain, run_whole_tick, store


def counts(activation):
    snapshot = StateSnapshot.objects.get(pk=activation.pk)
    numbers = {state.value: getattr(snapshot, column) for state, column in COLUMNS.items()}
    return {state: number for state, number in numbers.items() if number}


def move(name, state, **columns):
    IntegrationQueue.objects.filter(item_name=name).update(state=state, due_at=None, **columns)


def queue(activation, time, count):
    store_payments(activation.client, activation.integration.entity, count, now=time.now)
    run_whole_tick(time)


def test_every_state_has_its_number(activation, time, script):
    assert list(COLUMNS) == list(State)
    queue(activation, time, 8)
    script.answers["P-1"] = [Permanent("422: no")]
    script.answers["P-2"] = [Retry("busy")]
    run_drain()
    store(activation, 9, time=time)
    move("P-3", State.CANCELLED)
    move("P-4", State.ON_HOLD)
    IntegrationQueue.objects.filter(item_name="P-5").update(
        state=State.PROCESSING, due_at=time.now + timedelta(minutes=1)
    )
    run_whole_tick(time, hours=1)
    assert counts(activation) == {
        "DeadLetter": 1,
        "Retrying": 1,
        "Cancelled": 1,
        "OnHold": 1,
        "Processing": 1,
        "Succeeded": 3,
        "Pending": 1,
    }


def test_the_oldest_due_item_is_told_and_one_that_is_not_due_yet_is_not(activation, time, script):
    queue(activation, time, 1)
    snapshots.take(time.now + timedelta(minutes=5))
    snapshot = StateSnapshot.objects.get()
    assert (snapshot.due, snapshot.oldest_due) == (1, time.now)
    script.answers["P-1"] = [Retry("busy")]
    run_drain()
    snapshots.take(time.now)
    snapshot = StateSnapshot.objects.get()
    assert (snapshot.retrying, snapshot.due, snapshot.oldest_due) == (1, 0, None)


def test_it_tells_since_when_the_oldest_of_what_fails_now_has_failed(activation, time, script):
    def since(**later):
        snapshots.take(time.now + timedelta(**later))
        return StateSnapshot.objects.get().failing_since

    queue(activation, time, 2)
    assert since() is None
    time.pass_(minutes=7)
    tried = time.now
    script.answers["P-1"] = [Retry("busy"), Retry("busy"), Done()]
    script.answers["P-2"] = [Retry("busy"), Permanent("422: no")]
    run_drain()
    assert since() == tried
    time.pass_(hours=2)
    run_drain()
    assert item("P-2").state == State.DEAD_LETTER
    assert since() == tried  # P-1 is tried again
    died = time.now
    time.pass_(hours=2)
    run_drain()
    assert item("P-1").state == State.SUCCEEDED
    assert since(days=40) == died


def test_it_tells_when_anything_moved_last(activation, time, script):
    snapshots.take(time.now)
    untouched = StateSnapshot.objects.get()
    assert (untouched.last_run_on, untouched.last_delivered_on) == (None, None)
    queue(activation, time, 1)
    ran = time.now
    time.pass_(minutes=2)
    run_drain()
    snapshots.take(time.now)
    moved = StateSnapshot.objects.get()
    assert (moved.last_run_on, moved.last_delivered_on) == (ran, time.now)


def test_dates_outlive_the_rows_they_were_taken_from(activation, time, script):
    queue(activation, time, 1)
    run_drain()
    snapshots.take(time.now)
    delivered = StateSnapshot.objects.get().last_delivered_on
    OutcomeHour.objects.all().delete()
    activation.runs.all().delete()
    snapshots.take(time.now + timedelta(days=1))
    kept = StateSnapshot.objects.get()
    assert delivered is not None
    assert (kept.last_delivered_on, kept.last_run_on) == (delivered, delivered)


def test_a_large_ledger_is_read_as_a_whole_only_now_and_then(activation, time, script, monkeypatch):
    queue(activation, time, 4)
    run_drain()
    snapshots.take(time.now)
    monkeypatch.setattr(snapshots, "AFFORDED_A_MINUTE", 2)  # four are worth it every two minutes
    move("P-1", State.ON_HOLD)
    move("P-2", State.DEAD_LETTER, message="No.")
    snapshots.take(time.now + timedelta(seconds=119))
    snapshot = StateSnapshot.objects.get()
    assert counts(activation) == {"Succeeded": 4, "DeadLetter": 1}
    assert (snapshot.settled_on, snapshot.taken_on) == (time.now, time.now + timedelta(seconds=119))
    snapshots.take(time.now + timedelta(seconds=120))
    assert counts(activation) == {"Succeeded": 2, "OnHold": 1, "DeadLetter": 1}


def test_what_waits_for_a_paused_integration_stays_counted(activation, time, monkeypatch, as_acme):
    queue(activation, time, 3)
    activations.pause(activation, now=time.now, by=as_acme)
    assert item("P-1").due_at is None
    monkeypatch.setattr(snapshots, "_is_whole_count_due", lambda known, now: False)
    snapshots.take(time.now)
    assert counts(activation) == {"Pending": 3}
    monkeypatch.undo()
    snapshots.take(time.now)
    assert counts(activation) == {"Pending": 3}


def test_each_client_integration_has_its_own_numbers(activation, borealis, time):
    other = make_activation(borealis, activation.integration, now=time.now)
    queue(activation, time, 2)
    store(other, 1, time=time)
    run_whole_tick(time, hours=1)
    assert counts(activation) == {"Pending": 2}
    assert counts(other) == {"Pending": 1}


def test_a_snapshot_takes_as_many_queries_for_many_as_for_one(activation, payment, acme, time, script):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            snapshots.take(time.now)
        return len(captured)

    queue(activation, time, 2)
    alone = queries()
    for number in range(3):
        definition = make_integration(
            payment, now=time.now, action=activation.integration.action, name=f"Export {number}"
        )
        make_activation(acme, definition, now=time.now)
    run_whole_tick(time, hours=1)
    assert StateSnapshot.objects.count() == 4
    assert queries() == alone


def test_what_is_claimable_and_what_is_dead_is_counted_by_indexes_alone(activation, time):
    rows = [
        IntegrationQueue(
            client_integration=activation,
            client=activation.client,
            integration=activation.integration,
            item_id=str(number),
            item_name=f"P-{number}",
            item_updated_on=time.now,
            state=State.SUCCEEDED,
            created_on=time.now,
            updated_on=time.now,
        )
        for number in range(2000)
    ]
    IntegrationQueue.objects.bulk_create(rows)
    with CaptureQueriesContext(connection) as queries:
        snapshots._count(whole=False, now=time.now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        plans = [plan_of(query["sql"], cursor) for query in queries]
    assert ["queue_claim" in plans[0], "queue_dead" in plans[1]] == [True, True]


def plan_of(statement, cursor):
    cursor.execute(f"{connection.ops.explain_prefix} {statement}")
    return str(cursor.fetchall())
