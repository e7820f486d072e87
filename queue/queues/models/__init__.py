from queues.models.engine import EngineBeat
from queues.models.items import IntegrationQueue, IntegrationQueueState
from queues.models.logs import ActionAttempt, ActionLog, AttemptBody

__all__ = [
    "ActionAttempt",
    "ActionLog",
    "AttemptBody",
    "EngineBeat",
    "IntegrationQueue",
    "IntegrationQueueState",
]
