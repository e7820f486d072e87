"""What people do to single items."""

from datetime import timedelta

import pytest

from integrations.errors import Conflict, NotAllowed
from integrations.principals import Principal, Scope
from queues import handling
from queues.models import IntegrationQueue
from queues.states import BY_HAND, State
from tests.queues.engine import item, run_tick, store

VERBS = {
    handling.reopen: State.PENDING,
    handling.cancel: State.CANCELLED,
    handling.hold: State.ON_HOLD,
}


@pytest.fixture
def row(activation, time):
    store(activation, 1, time=time)
    run_tick(time)
    return item("P-1")


def put(row, state):
    open_ = state in (State.PENDING, State.RETRYING, State.PROCESSING)
    due_at = row.created_on + timedelta(days=1) if open_ else None
    IntegrationQueue.objects.filter(pk=row.pk).update(state=state, due_at=due_at, message="why", attempt=2)
    row.refresh_from_db()


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", list(VERBS), ids=lambda verb: verb.__name__)
def test_a_verb_works_on_its_legal_states_and_changes_nothing_on_others(row, verb, state, as_acme, time):
    put(row, state)
    before = IntegrationQueue.objects.values().get(pk=row.pk)
    if state in BY_HAND[VERBS[verb]]:
        verb(row, by=as_acme, now=time.now)
        assert row.state == VERBS[verb]
        assert (row.due_at == time.now) == (row.state == State.PENDING)
        assert row.row_version == before["row_version"] + 1
    else:
        with pytest.raises(Conflict):
            verb(row, by=as_acme, now=time.now)
        assert IntegrationQueue.objects.values().get(pk=row.pk) == before


def test_retrying_a_dead_letter_is_a_new_cycle_with_all_attempts(row, as_acme, time):
    put(row, State.DEAD_LETTER)
    handling.reopen(row, by=as_acme, now=time.now)
    assert (row.cycle, row.attempt, row.message, row.action_log_id) == (2, 0, None, None)


def test_retrying_what_waits_for_its_retry_keeps_its_key(row, as_acme, time):
    put(row, State.RETRYING)
    handling.reopen(row, by=as_acme, now=time.now)
    assert (row.cycle, row.due_at) == (1, time.now)


def test_a_released_item_goes_on_where_it_was(row, as_acme, time):
    handling.hold(row, by=as_acme, now=time.now)
    handling.release(row, by=as_acme, now=time.now)
    assert (row.state, row.cycle, row.due_at) == (State.PENDING, 1, time.now)


def test_only_what_is_on_hold_can_be_released(row, as_acme, time):
    with pytest.raises(Conflict):
        handling.release(row, by=as_acme, now=time.now)


def test_of_two_people_at_once_the_second_is_told(row, as_acme, time):
    seen_by_the_second = item("P-1")
    handling.hold(row, by=as_acme, now=time.now)
    with pytest.raises(Conflict, match="changed meanwhile"):
        handling.cancel(seen_by_the_second, by=as_acme, now=time.now)


def test_it_takes_the_scope_operate(row, acme, time):
    reader = Principal(user=None, client=acme, scopes=frozenset({Scope.READ}))
    with pytest.raises(NotAllowed):
        handling.reopen(row, by=reader, now=time.now)
