"""A hint that messages wait for their scripts. The tick is the guarantee: a lost hint costs a minute."""

import threading
import time
from datetime import datetime

from django.db import transaction
from django_q.tasks import async_task

from channels.models import MessageLog

TASK = "channels.tasks.receive"
EVERY = 0.5

_lock = threading.Lock()
_last = [float("-inf")]


def wake() -> None:
    """At most every EVERY seconds of this process: one worker takes up all that has come in."""
    with _lock:
        now = time.monotonic()
        if now < _last[0] + EVERY:
            return
        _last[0] = now
    transaction.on_commit(_start, robust=True)


def wake_for_waiting(now: datetime) -> None:
    """For the tick."""
    if MessageLog.objects.waiting(now).exists():
        _start()


def _start() -> None:
    async_task(TASK)
