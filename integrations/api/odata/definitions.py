from collections.abc import Mapping, Sequence
from typing import Any

from integrationhub.wire.odata.edm import CollectionOf, Primitive
from integrationhub.wire.odata.registry import (
    EntitySet,
    EntityType,
    Navigation,
    Property,
)
from integrations import publishing, removal
from integrations.api.odata.columns import (
    DATES,
    INT32,
    OWNER,
    ROW_VERSION,
    STRING,
    flag,
    key,
    name,
    shown,
    to_many,
    to_one,
)
from integrations.api.odata.verbs import owned_verbs
from integrations.api.odata.visibility import seen
from integrations.models import Integration


def _backoff(columns: Mapping[str, Any]) -> list[float]:
    return columns["backoff"] or []


# In the order of the contract, which ends with AllowScheduleUpdate.
PROPERTIES = (
    key("IntegrationId"),
    Property("ActionId", INT32, "action_id"),
    Property("Notes", STRING, "notes", aliases=("Note", "Comment", "Description")),
    Property("ElementId", STRING, "element_id", max_length=256),
    Property("EntityId", STRING, "entity_id", nullable=False, min_length=1, max_length=450),
    Property("Filter", STRING, "filter", aliases=("FilterExpression",)),
    Property(
        "DirectionId",
        STRING,
        "direction_id",
        nullable=False,
        min_length=1,
        max_length=450,
        aliases=("Direction",),
    ),
    name(128),
    Property(
        "ScheduleId", INT32, "schedule_id", nullable=False, optional=True, aliases=("DefaultScheduleId",)
    ),
    Property("SystemId", INT32, "system_id", nullable=False, optional=True),
    Property(
        "MaxAttempts",
        INT32,
        "max_attempts",
        nullable=False,
        default=7,
        aliases=("MaxAttempt", "MaximumAttempts"),
    ),
    flag("IncludeUpdate", "include_update", "IncludeUpdates"),
    flag("Parallel", "parallel", "ExecuteParallel", "IsParallel", default=True),
    Property(
        "ConsentTypeId",
        STRING,
        "consent_type_id",
        nullable=False,
        min_length=1,
        max_length=64,
        aliases=("ConsentType",),
    ),
    Property("BatchSize", INT32, "batch_size", nullable=False, default=20),
    flag("Managed", "managed", "IsManaged"),
    flag("Continuous", "continuous", "ContinuousUpdate", "IsContinuous"),
    flag("AllowScheduleUpdate", "allow_schedule_update", "ClientSchedule", "ModifySchedule"),
    flag("Active", "active", "IsActive", default=True),
    flag("StrictOrder", "strict_order"),
    # Seconds before each retry; none stands for the hub's own.
    Property(
        "Backoff",
        CollectionOf(Primitive.DOUBLE),
        nullable=False,
        default=[],
        compute=_backoff,
        needs=("backoff",),
        filterable=False,
        sortable=False,
    ),
    shown("Version", INT32, "version", nullable=False),
    OWNER,
    *DATES,
)

NAVIGATIONS = (
    to_one("Action", "Actions", "action_id", partner="Integrations", nullable=True),
    # A definition may name an element that is not listed: nothing constrains it.
    Navigation("Element", "Elements", local="element_id", remote="pk", partner="Integrations"),
    to_one("Entity", "Entities", "entity_id", partner="Integrations"),
    # `Direction` and `ConsentType` alone are other names of the references, as the contract has it.
    to_one("DirectionEntry", "Directions", "direction_id", by="DirectionId", partner="Integrations"),
    to_one("ConsentTypeEntry", "ConsentTypes", "consent_type_id", by="ConsentTypeId", partner="Integrations"),
    to_one("Schedule", "Schedules", "schedule_id", partner="Integrations"),
    to_one("System", "Systems", "system_id", partner="Integrations"),
    to_many("ClientIntegrations", "ClientIntegrations", "integration_id", partner="Integration"),
)


def integrations(*more: Navigation) -> Sequence[EntitySet]:
    """Definitions. Writing one publishes it: clients their own, staff also the hub's."""
    kind = EntityType("Integration", ("Id",), PROPERTIES, (*NAVIGATIONS, *more), concurrency=ROW_VERSION)
    verbs = owned_verbs(
        kind,
        lambda caller: Integration(owner=caller.principal.client),
        publishing.publish,
        removal.remove,
        converted={"Backoff": ("backoff", lambda steps: steps or None)},
    )
    return [EntitySet("Integrations", kind, seen(Integration), **verbs._asdict(), searched=("Name", "Notes"))]
