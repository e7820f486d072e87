"""Ending an item by hand: what people saw to themselves, or gave up."""

from datetime import datetime

from django.db.models import F

from integrations.errors import Conflict
from integrations.ownership import check_scope
from integrations.principals import Principal, Scope
from queues.models import IntegrationQueue
from queues.states import BY_HAND, State


def close(item: IntegrationQueue, state: State, *, by: Principal, now: datetime) -> None:
    """`state` is Succeeded or DeadLetter. Raises Conflict where the item is not open to it."""
    check_scope(by, Scope.OPERATE)
    if item.state not in BY_HAND[state]:
        raise Conflict(f"An item that is {item.state} cannot become {state}.", field="state")
    succeeded = state == State.SUCCEEDED
    unchanged = IntegrationQueue.objects.filter(pk=item.pk, row_version=item.row_version)
    found = unchanged.update(
        state=state,
        due_at=None,
        attempt=0 if succeeded else F("attempt"),
        message=None if succeeded else f"Given up by {by}.",
        finished_on=now,
        updated_on=now,
        row_version=F("row_version") + 1,
    )
    if not found:
        raise Conflict("The item has changed meanwhile; look at it again.")
    item.refresh_from_db()
