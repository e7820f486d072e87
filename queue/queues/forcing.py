"""The end of a sync by force: a stopped client's work is let through no longer than it takes."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from integrations import engine_switch
from integrations.models import EngineSwitch, IntegrationRun
from queues.models import IntegrationQueue
from queues.states import State


def end_spent(now: datetime) -> None:
    """It is over once its runs are, and nothing of the client is due any more."""
    items = IntegrationQueue.objects.filter(client=OuterRef("client"))
    due = items.filter(due_at__lte=now) | items.filter(state=State.PROCESSING)
    open_run = IntegrationRun.objects.filter(
        client=OuterRef("client"), external=None, status=IntegrationRun.Status.RUNNING
    )
    spent = EngineSwitch.objects.forced(now).exclude(Exists(due) | Exists(open_run))
    engine_switch.end_force(spent.select_related("client"), now=now)
