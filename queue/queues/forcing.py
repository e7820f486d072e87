"""The end of a sync by force: a stopped client's work is let through no longer than it takes."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from integrations import engine_switch
from integrations.models import EngineSwitch, IntegrationRun
from queues import clock
from queues.models import IntegrationQueue
from queues.states import State


def end_spent(now: datetime) -> None:
    """It is over once its runs are, and nothing of the client is due any more."""
    forced = EngineSwitch.objects.forced(now)
    if not forced.exists():
        return
    items = IntegrationQueue.objects.filter(client=OuterRef("client"))
    # What the tick has found just now is due by the present time, later than the tick's own.
    due = items.filter(due_at__lte=clock.database_now()) | items.filter(state=State.PROCESSING)
    open_run = IntegrationRun.objects.filter(
        client=OuterRef("client"), external=None, status=IntegrationRun.Status.RUNNING
    )
    spent = forced.exclude(Exists(due) | Exists(open_run))
    engine_switch.end_force(spent.select_related("client"), now=now)
