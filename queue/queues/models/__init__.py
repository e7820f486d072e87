from queues.models.breakers import Breaker
from queues.models.bulk import BulkJob
from queues.models.engine import EngineBeat
from queues.models.inbound import InboundPayload, PullWatermark
from queues.models.items import IntegrationQueue, IntegrationQueueState
from queues.models.logs import ActionAttempt, ActionLog, AttemptBody
from queues.models.numbers import OutcomeHour, RetentionMark, StateSnapshot

__all__ = [
    "ActionAttempt",
    "ActionLog",
    "AttemptBody",
    "Breaker",
    "BulkJob",
    "EngineBeat",
    "InboundPayload",
    "IntegrationQueue",
    "IntegrationQueueState",
    "OutcomeHour",
    "PullWatermark",
    "RetentionMark",
    "StateSnapshot",
]
