from collections.abc import Mapping, Sequence
from typing import Any

from integrationhub.wire.odata.registry import Caller, EntitySet, EntityType, Operation, Property, Values
from integrations.api.odata.columns import (
    CLIENT,
    DATES,
    INT32,
    MOMENT,
    ROW_VERSION,
    STRING,
    key,
    shown,
    to_many,
    to_one,
)
from integrations.api.odata.verbs import act, client_of, spoken
from integrations.api.odata.visibility import seen
from integrations.principals import Scope
from queues import handling
from queues.adding import activation_of, add
from queues.amending import amend
from queues.models import IntegrationQueue

# In the order of the contract, which ends with ClientIntegrationId.
KIND = EntityType(
    "IntegrationQueue",
    ("Id",),
    (
        key("IntegrationQueueId"),
        Property("IntegrationId", INT32, "integration_id", nullable=False, optional=True),
        Property("ItemName", STRING, "item_name", nullable=False, min_length=1, max_length=450),
        Property("ActionLogId", INT32, "action_log_id"),
        Property("ItemId", STRING, "item_id", nullable=False, min_length=1, max_length=450),
        Property("ItemUpdatedOn", MOMENT, "item_updated_on", nullable=False),
        Property("Attempt", INT32, "attempt", nullable=False, default=0),
        Property("Message", STRING, "message", max_length=2000, aliases=("Error", "Notes", "Response")),
        Property("IntegrationQueueStateId", STRING, "state", max_length=450),
        Property("ClientIntegrationId", INT32, "client_integration_id"),
        shown("IntegrationRunId", INT32, "run_id"),
        shown("Cycle", INT32, "cycle", nullable=False),
        shown("Crashes", INT32, "crashes", nullable=False),
        shown("DueOn", MOMENT, "due_at"),
        shown("StartedOn", MOMENT, "started_on"),
        shown("FinishedOn", MOMENT, "finished_on"),
        CLIENT,
        *DATES,
    ),
    (
        to_one("Integration", "Integrations", "integration_id", partner="IntegrationQueues"),
        to_one(
            "ClientIntegration",
            "ClientIntegrations",
            "client_integration_id",
            partner="IntegrationQueues",
            nullable=True,
        ),
        to_one(
            "IntegrationQueueState",
            "IntegrationQueueStates",
            "state",
            partner="IntegrationQueues",
            nullable=True,
        ),
        to_one("ActionLog", "ActionLogs", "action_log_id", nullable=True),
        to_one("IntegrationRun", "IntegrationRuns", "run_id", partner="IntegrationQueues", nullable=True),
        to_many("ActionLogs", "ActionLogs", "item_id", partner="IntegrationQueue"),
    ),
    concurrency=ROW_VERSION,
)


def integration_queues() -> Sequence[EntitySet]:
    """The ledger and the queue: a row for each item of a client integration."""
    return [
        EntitySet(
            "IntegrationQueues",
            KIND,
            seen(IntegrationQueue),
            create=_create,
            update=_update,
            delete=_delete,
            searched=("ItemName", "ItemId"),
            write_scope=Scope.OPERATE,
        )
    ]


def operations() -> Sequence[Operation]:
    of_set: Mapping[str, Any] = {"on": "IntegrationQueues", "scope": Scope.OPERATE}
    return [
        act("Retry", KIND, handling.reopen, **of_set),
        act("Cancel", KIND, handling.cancel, **of_set),
        act("Hold", KIND, handling.hold, **of_set),
        act("Release", KIND, handling.release, **of_set),
    ]


def _columns(values: Values) -> dict[str, Any]:
    sources = {each.name: each.source for each in KIND.properties}
    return {source: value for name, value in values.items() if (source := sources[name])}


def _create(caller: Caller, values: Values) -> IntegrationQueue:
    given = _columns(values)
    asked: Mapping[str, Any] = {"by": caller.principal, "now": caller.now}
    client = client_of(caller)
    with spoken(KIND):
        activation = activation_of(
            client, given.pop("client_integration_id", None), given.pop("integration_id", None)
        )
        item = add(
            activation,
            given.pop("item_id"),
            name=given.pop("item_name"),
            updated_on=given.pop("item_updated_on"),
            **asked,
        )
        amend(item, given, **asked)
    return item


def _update(caller: Caller, row: IntegrationQueue, values: Values) -> None:
    with spoken(KIND):
        amend(row, _columns(values), by=caller.principal, now=caller.now)


def _delete(caller: Caller, row: IntegrationQueue) -> None:
    """The row stays, cancelled: without it the item would be found again."""
    with spoken(KIND):
        handling.cancel(row, by=caller.principal, now=caller.now)
