"""What people say anew of an item: its state, within what is legal, and what is known of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from integrations.errors import Conflict, Refused
from integrations.models import ClientIntegration
from integrations.ownership import check_scope
from integrations.principals import Principal, Scope
from queues import handling
from queues.adding import activation_of
from queues.closing import close
from queues.models import ActionLog, IntegrationQueue
from queues.states import OPEN, SETTLED, State

_PLACE = ("client_integration_id", "integration_id")


def amend(item: IntegrationQueue, values: Mapping[str, Any], *, by: Principal, now: datetime) -> None:
    """Bring the item to what `values` says, by column; what it says already changes nothing.

    `state` None leaves the state, `client_integration_id` None stands for the client's own use of the
    integration. Raises Refused, and Conflict for a state out of reach or an item that is being executed.
    """
    check_scope(by, Scope.OPERATE)
    with transaction.atomic():
        state = values.get("state")
        if state is not None and state != item.state:
            become(item, state, by=by, now=now)
        changes = _changes(item, values, now)
        if changes:
            _save(item, changes, now)


def become(item: IntegrationQueue, state: str, *, by: Principal, now: datetime) -> None:
    """Raises Conflict for a state that people cannot bring an item into from where it is."""
    asked: Mapping[str, Any] = {"by": by, "now": now}
    match state:
        case State.PENDING if item.state == State.ON_HOLD:
            handling.release(item, **asked)
        case State.PENDING:
            handling.reopen(item, **asked)
        case State.CANCELLED:
            handling.cancel(item, **asked)
        case State.ON_HOLD:
            handling.hold(item, **asked)
        case State.SUCCEEDED | State.DEAD_LETTER:
            close(item, State(state), **asked)
        case _:
            raise Conflict(f"Nobody but the engine makes an item {state}.", field="state")


def _changes(item: IntegrationQueue, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    given = {name: value for name, value in values.items() if name not in ("state", *_PLACE)}
    changes = {name: value for name, value in given.items() if getattr(item, name) != value}
    if any(name in values for name in _PLACE):
        changes |= _moved(item, values, now)
    if changes and item.state == State.PROCESSING:
        raise Conflict("The item is being executed.")
    _check_values(item, changes)
    return changes


def _check_values(item: IntegrationQueue, changes: Mapping[str, Any]) -> None:
    if changes.get("attempt", 0) != 0:
        raise Refused("Attempt can only be set back to 0.", field="attempt")
    if item.state == State.DEAD_LETTER and "message" in changes and not changes["message"]:
        raise Refused("A dead letter keeps its reason.", field="message")
    log = changes.get("action_log_id")
    if log is not None and not ActionLog.objects.filter(pk=log, item=item).exists():
        raise Refused("This is no log of the item.", field="action_log_id")


def _moved(item: IntegrationQueue, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The integration follows the client integration; one that is not named is the client's own use of it."""
    chosen = values.get("client_integration_id", item.client_integration_id)
    integration = values.get("integration_id")
    if integration not in (None, item.integration_id) and "client_integration_id" not in values:
        chosen = None
    if chosen is None and integration is None:
        integration = item.integration_id
    activation = activation_of(item.client, chosen, integration)
    if activation.pk == item.client_integration_id:
        return {}
    if item.state in SETTLED:
        raise Conflict("A finished item stays with its client integration.", field="client_integration_id")
    return _place(item, activation, now)


def _place(item: IntegrationQueue, activation: ClientIntegration, now: datetime) -> dict[str, Any]:
    return {
        "client_integration_id": activation.pk,
        "integration_id": activation.integration_id,
        "version": activation.integration.version,
        "due_at": now if activation.runnable and item.state in OPEN else None,
    }


def _save(item: IntegrationQueue, changes: Mapping[str, Any], now: datetime) -> None:
    unchanged = IntegrationQueue.objects.filter(pk=item.pk, row_version=item.row_version)
    try:
        with transaction.atomic():
            found = unchanged.update(**changes, updated_on=now, row_version=F("row_version") + 1)
    except IntegrityError:
        raise Conflict("The queue has this item already.", field="item_id") from None
    if not found:
        raise Conflict("The item has changed meanwhile; look at it again.")
    item.refresh_from_db()
