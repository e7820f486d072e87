"""Working off the messages whose scripts run behind the answer."""

import time
from collections.abc import Callable
from datetime import datetime

from django.db.models import F

from channels.models import MessageLog
from channels.running import LEASE, run_behind
from queues.clock import database_now

SECONDS = 40.0
# Longer than the pause between two wakings: what comes in meanwhile is seen by the one that lingers.
LINGER = 2.0
NAP = 0.1
_PAGE = 50


def _never() -> bool:
    return False


def work_off(*, seconds: float = SECONDS, linger: float = LINGER, stop: Callable[[], bool] = _never) -> int:
    """Runs what is due, for at most `seconds`, and stays for `linger` when there is nothing.

    Returns for how many messages. Any number of processes may do this at once.
    """
    end = time.monotonic() + seconds
    idle_since = time.monotonic()
    done = 0
    while time.monotonic() < end and not stop():
        count = sum(_run_one(pk, due_at) for pk, due_at in _due())
        done += count
        if count:
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since >= linger:
            break
        else:
            time.sleep(NAP)
    return done


def _due() -> list[tuple[int, datetime]]:
    waiting = MessageLog.objects.waiting(database_now()).order_by("due_at")
    return [(pk, due_at) for pk, due_at in waiting.values_list("pk", "due_at")[:_PAGE] if due_at]


def _run_one(pk: int, due_at: datetime) -> bool:
    """Under a lease: whoever moves `due_at` first runs it, and if it dies, somebody else will."""
    leased = database_now() + LEASE
    if not MessageLog.objects.filter(pk=pk, due_at=due_at).update(due_at=leased, attempts=F("attempts") + 1):
        return False
    # What is encrypted is opened where it is used: should it not open, it stops this message alone.
    message = MessageLog.objects.defer("sealed").filter(pk=pk).first()
    if message is None:  # its channel was deleted in this moment
        return False
    run_behind(message)
    return True
