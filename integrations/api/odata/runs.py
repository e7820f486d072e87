from collections.abc import Sequence

from integrationhub.wire.odata.registry import EntitySet, EntityType, Navigation
from integrations.api.odata.columns import (
    CLIENT,
    DATES,
    INT32,
    MOMENT,
    ROW_VERSION,
    STRING,
    key,
    shown,
    to_one,
)
from integrations.api.odata.visibility import seen
from integrations.models import IntegrationRun

PROPERTIES = (
    key("IntegrationRunId"),
    shown("ClientIntegrationId", INT32, "client_integration_id"),
    shown("Version", INT32, "version"),
    shown("Status", STRING, "status", nullable=False, max_length=16),
    shown("ScheduledOn", MOMENT, "slot"),
    shown("StartedOn", MOMENT, "started_on", nullable=False),
    shown("EndedOn", MOMENT, "ended_on"),
    shown("Queued", INT32, "queued", nullable=False),
    shown("Message", STRING, "message", nullable=False, max_length=1000),
    CLIENT,
    *DATES,
)
NAVIGATIONS = (
    to_one(
        "ClientIntegration",
        "ClientIntegrations",
        "client_integration_id",
        partner="IntegrationRuns",
        nullable=True,
    ),
)


def integration_runs(*more: Navigation) -> Sequence[EntitySet]:
    """Runs from start to end: the engine's own, and those that agents report."""
    kind = EntityType("IntegrationRun", ("Id",), PROPERTIES, (*NAVIGATIONS, *more), concurrency=ROW_VERSION)
    return [EntitySet("IntegrationRuns", kind, seen(IntegrationRun))]
