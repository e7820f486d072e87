"""What people do to single items by hand."""

from datetime import datetime

from integrations.errors import Conflict
from integrations.ownership import check_scope
from integrations.principals import Principal, Scope
from queues.acts import TARGETS, Act, changes, legal_states
from queues.models import IntegrationQueue
from queues.states import State
from queues.waking import wake_drains


def reopen(item: IntegrationQueue, *, by: Principal, now: datetime) -> None:
    """Opens the item again: a new cycle with a new key when it had ended, else the same one, now."""
    _act(Act.RETRY_WITH_RESET, item, by, now)


def retry(item: IntegrationQueue, *, by: Principal, now: datetime) -> None:
    """Executes it once more, now; its attempts go on counting, so that a dead letter gets one try."""
    _act(Act.RETRY, item, by, now)


def release(item: IntegrationQueue, *, by: Principal, now: datetime) -> None:
    """Ends a hold: the item goes on where it was."""
    if item.state != State.ON_HOLD:
        raise Conflict(f"Only an item on hold can be released; this one is {item.get_state_display()}.")
    _act(Act.RELEASE, item, by, now)


def cancel(item: IntegrationQueue, *, by: Principal, now: datetime) -> None:
    """Takes the item out. An execution that is under way runs to its end, and changes nothing any more."""
    _act(Act.CANCEL, item, by, now)


def hold(item: IntegrationQueue, *, by: Principal, now: datetime) -> None:
    """Sets the item aside until it is released."""
    _act(Act.HOLD, item, by, now)


def _act(act: Act, item: IntegrationQueue, by: Principal, now: datetime) -> None:
    """One conditional update: the row must still be as the caller saw it. Refreshes `item`."""
    check_scope(by, Scope.OPERATE)
    if item.state not in legal_states(act):
        raise Conflict(f"An item that is {item.get_state_display()} cannot become {TARGETS[act].label}.")
    unchanged = IntegrationQueue.objects.filter(pk=item.pk, row_version=item.row_version)
    if not unchanged.update(**changes(act, item.state, actor=str(by), now=now)):
        raise Conflict("The item has changed meanwhile; look at it again.")
    item.refresh_from_db()
    if TARGETS[act] == State.PENDING:
        wake_drains()
