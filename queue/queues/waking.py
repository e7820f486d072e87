"""A hint that there is work. The tick is the guarantee: a hint that is lost costs a minute."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from queues import hints

DRAIN = "queues.tasks.drain"
BULK = "queues.tasks.bulk_jobs"


def drain_slots() -> int:
    """How many drains may run at once on one machine. A worker stays free for tick and pulse."""
    return max(1, int(settings.Q_CLUSTER["workers"]) - 1)


def wake_drains() -> None:
    """Starts a drain when the present transaction has committed."""
    transaction.on_commit(_wake, robust=True)


def wake_bulk() -> None:
    """Has bulk jobs worked on when the present transaction has committed."""
    transaction.on_commit(lambda: async_task(BULK), robust=True)


def _wake() -> None:
    hints.give()
    start_drains(1)


def start_drains(count: int) -> int:
    """Enqueues up to `count` drain tasks, fewer when tasks pile up. One without a free slot ends at once."""
    piled_up: int = OrmQ.objects.filter(lock__lte=timezone.now()).count()
    added: int = max(0, min(count, drain_slots() - piled_up))
    for _ in range(added):
        async_task(DRAIN)
    return added
