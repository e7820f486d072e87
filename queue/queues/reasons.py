"""What a client integration's dead letters say, put together: one trouble, however many items have it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Coalesce

from integrations.models import ClientIntegration
from queues.models import IntegrationQueue
from queues.states import State

LOOKED_AT = 5000
SHOWN = 8
# A text shorter than that says too little to tell one trouble from another.
_LEAST = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """`text` is what the messages begin with; `since` and `until` are of the first and the last to fail."""

    text: str
    count: int
    since: datetime
    until: datetime


def reasons_of(activation: ClientIntegration) -> list[Reason]:
    """What most say comes first. Of very many dead letters only the newest are looked at."""
    dead = IntegrationQueue.objects.filter(client_integration=activation, state=State.DEAD_LETTER)
    moment = Coalesce("finished_on", "updated_on")
    return group(dead.order_by("-pk").values_list("message", moment)[:LOOKED_AT])


def group(messages: Iterable[tuple[str | None, datetime]]) -> list[Reason]:
    """Pure: of (message, moment)."""
    found: dict[str, list[datetime]] = {}
    for message, moment in messages:
        found.setdefault(_beginning(message or ""), []).append(moment)
    reasons = [Reason(text, len(moments), min(moments), max(moments)) for text, moments in found.items()]
    return sorted(reasons, key=lambda reason: (-reason.count, reason.text))[:SHOWN]


def _beginning(message: str) -> str:
    """Up to where it begins to speak of the one item: a number, after the words that come first."""
    for place, character in enumerate(message):
        if character.isdigit() and place >= _LEAST:
            return message[:place].rsplit(" ", 1)[0]
    return message[:100]
