"""What people do to single items by hand."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from integrations.errors import Conflict
from integrations.models import ClientIntegration
from integrations.ownership import check_scope
from integrations.principals import Principal, Scope
from queues.models import IntegrationQueue
from queues.states import BY_HAND, State
from queues.waking import wake_drains


def retry(item: IntegrationQueue, *, by: Principal, now: datetime) -> None:
    """Opens the item again: a new cycle with a new key when it had ended, else the same one, now."""
    if item.state == State.RETRYING:
        changes = {"state": State.PENDING, "attempt": 0, "message": None}
    else:
        changes = {**REOPENED, "cycle": F("cycle") + 1}
    _change(item, State.PENDING, by, now, **changes)
    wake_drains()


def release(item: IntegrationQueue, *, by: Principal, now: datetime) -> None:
    """Ends a hold: the item goes on where it was."""
    if item.state != State.ON_HOLD:
        raise Conflict(f"Only an item on hold can be released; this one is {item.state}.")
    _change(item, State.PENDING, by, now)
    wake_drains()


def cancel(item: IntegrationQueue, *, by: Principal, now: datetime) -> None:
    """Takes the item out. An execution that is under way runs to its end, and changes nothing any more."""
    _change(
        item,
        State.CANCELLED,
        by,
        now,
        message=f"Cancelled by {by}.",
        finished_on=now,
        lease_no=F("lease_no") + 1,
        lease_owner="",
        started_on=None,
    )


def hold(item: IntegrationQueue, *, by: Principal, now: datetime) -> None:
    """Sets the item aside until it is released."""
    _change(item, State.ON_HOLD, by, now)


REOPENED: dict[str, object] = {
    "attempt": 0,
    "crashes": 0,
    "rendered_hash": "",
    "action_log_id": None,
    "message": None,
    "finished_on": None,
}


def _change(item: IntegrationQueue, target: State, by: Principal, now: datetime, **changes: object) -> None:
    """One conditional update: the row must still be as the caller saw it. Refreshes `item`."""
    check_scope(by, Scope.OPERATE)
    if item.state not in BY_HAND[target]:
        raise Conflict(f"An item that is {item.state} cannot become {target}.")
    with transaction.atomic():
        due_at = now if target == State.PENDING and _is_runnable(item) else None
        changed = IntegrationQueue.objects.filter(pk=item.pk, row_version=item.row_version).update(
            **{
                "state": target,
                "due_at": due_at,
                "updated_on": now,
                "row_version": F("row_version") + 1,
                **changes,
            }
        )
    if not changed:
        raise Conflict("The item has changed meanwhile; look at it again.")
    item.refresh_from_db()


def _is_runnable(item: IntegrationQueue) -> bool:
    return ClientIntegration.objects.runnable().filter(pk=item.client_integration_id).exists()
