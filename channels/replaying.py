"""Having a message handled once more."""

from datetime import datetime

from django.db import transaction

from channels import waking
from channels.models import MessageLog
from integrations.errors import Conflict
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope
from queues import handling


def replay(message: MessageLog, *, by: Principal, now: datetime) -> None:
    """Runs the channel's script for it again, or sends it again by its queue item. Raises Conflict."""
    check_scope(by, Scope.OPERATE)
    check_acts_for(message.client_id, by)
    if message.direction == MessageLog.Direction.OUT:
        if message.item is None:
            raise Conflict("Its queue item is gone.")
        handling.reopen(message.item, by=by, now=now)
        return
    if message.outcome == MessageLog.Outcome.REFUSED:
        raise Conflict("It was refused, and nothing of it was kept.")
    with transaction.atomic():
        idle = MessageLog.objects.filter(pk=message.pk, due_at=None)
        if not idle.update(due_at=now, attempts=0, outcome=MessageLog.Outcome.WAITING, note=""):
            raise Conflict("Its script is still to be run.")
        waking.wake()
    message.refresh_from_db()


def is_replayable(message: MessageLog) -> bool:
    """Whether a page offers it; whether it can be done then, the verb says."""
    if message.direction == MessageLog.Direction.OUT:
        return message.item_id is not None and message.outcome in (
            MessageLog.Outcome.DONE,
            MessageLog.Outcome.FAILED,
            MessageLog.Outcome.RETRYING,
        )
    return message.due_at is None and message.outcome != MessageLog.Outcome.REFUSED
