from collections.abc import Sequence

from integrationhub.wire.odata.registry import EntitySet, EntityType
from integrations.api.odata.columns import CLIENT, INT32, MOMENT, key, shown, to_many, to_one
from integrations.api.odata.visibility import seen
from integrations.api.odata.vocabularies import vocabulary
from queues.models import ActionLog, IntegrationQueueState

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
    ),
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
    ]
