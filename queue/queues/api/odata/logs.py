from collections.abc import Sequence

from integrationhub.wire.odata.registry import EntitySet, EntityType
from integrations.api.odata.columns import CLIENT, INT32, MOMENT, STRING, key, shown, to_many, to_one
from integrations.api.odata.visibility import seen
from integrations.api.odata.vocabularies import vocabulary
from queues.models import ActionAttempt, ActionLog, IntegrationQueueState

LOG = EntityType(
    "ActionLog",
    ("Id",),
    (
        key("ActionLogId"),
        shown("IntegrationQueueId", INT32, "item_id", nullable=False),
        shown("ClientIntegrationId", INT32, "client_integration_id", nullable=False),
        shown("Cycle", INT32, "cycle", nullable=False),
        shown("Version", INT32, "version", nullable=False),
        shown("StartedOn", MOMENT, "started_on", nullable=False),
        CLIENT,
    ),
    (
        to_one("IntegrationQueue", "IntegrationQueues", "item_id", partner="ActionLogs"),
        to_one("ClientIntegration", "ClientIntegrations", "client_integration_id", partner="ActionLogs"),
        to_many("Attempts", "ActionAttempts", "log_id", partner="ActionLog"),
    ),
)
ATTEMPT = EntityType(
    "ActionAttempt",
    ("Id",),
    (
        key("ActionAttemptId"),
        shown("ActionLogId", INT32, "log_id", nullable=False),
        shown("Number", INT32, "number", nullable=False),
        shown("StartedOn", MOMENT, "started_on", nullable=False),
        shown("DurationMs", INT32, "duration_ms", nullable=False),
        shown("Outcome", STRING, "outcome", nullable=False, max_length=16),
        shown("Status", INT32, "status"),
        shown("Message", STRING, "message", nullable=False, max_length=2000),
        shown("ClientCode", STRING, "log__client__code", nullable=False, max_length=64),
    ),
    (to_one("ActionLog", "ActionLogs", "log_id", partner="Attempts"),),
)


def states_and_logs() -> Sequence[EntitySet]:
    return [
        vocabulary(
            "IntegrationQueueState",
            "IntegrationQueueStates",
            IntegrationQueueState,
            to_many("IntegrationQueues", "IntegrationQueues", "state", partner="IntegrationQueueState"),
        ),
        EntitySet("ActionLogs", LOG, seen(ActionLog)),
        EntitySet("ActionAttempts", ATTEMPT, seen(ActionAttempt)),
    ]
