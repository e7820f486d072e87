"""How long messages are kept, in and out: by the same sweeps as all that the hub keeps for a time."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from channels.models import MessageLog
from channels.outbox import ENTITY
from integrations.models import Record
from queues.models import IntegrationQueue
from queues.retention import Kind
from queues.states import OPEN


def _delete_messages(page: QuerySet[MessageLog], before: datetime) -> None:
    """But for those whose script is still to be run."""
    page.filter(on__lt=before, due_at=None).delete()


def _delete_sent(page: QuerySet[Record], before: datetime) -> None:
    """Messages to be sent are records: old ones that are not under way. Their items go after them."""
    items = IntegrationQueue.objects.filter(
        client_id=OuterRef("client_id"), item_id=OuterRef("item_id"), integration__entity=ENTITY
    )
    under_way: Any = items.filter(state__in=[state.value for state in OPEN])
    page.filter(~Exists(under_way), entity=ENTITY, stored_on__lt=before).delete()


KINDS = (
    Kind(MessageLog, "HUB_MESSAGE_DAYS", "on", _delete_messages),
    Kind(Record, "HUB_MESSAGE_DAYS", None, _delete_sent),
)
