"""The pulse: a task that does nothing but prove that the cluster executes tasks.

A process that lives proves nothing: a cluster whose workers lost their shared lock looks well and does no
work. So the supervisor sends a pulse and looks for its answer, or another sign of life, in the database.
"""

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django_q.models import Task
from django_q.tasks import async_task

from queues import beats
from queues.clock import database_now
from queues.models import EngineBeat

SENT = "pulse sent"
BEAT_SECONDS = 10.0


def send(now: datetime) -> bool:
    """Send a pulse unless one is on its way; whether it was sent. `now` is the database's."""
    if _is_under_way():
        return False
    with transaction.atomic():
        beats.beat(SENT, now)
        async_task("queues.tasks.pulse")
    return True


def forget() -> None:
    """The cluster that a pulse was sent to is gone: the next `send` does not wait for its answer."""
    EngineBeat.objects.filter(name=SENT).delete()


def beating(
    name: str, stop: Callable[[], bool], *, clock: Callable[[], float] = time.monotonic
) -> Callable[[], bool]:
    """`stop`, which also leaves a sign of life now and then: for long tasks, which ask it all the time.

    While such tasks keep all workers busy, no pulse is answered.
    """
    due = 0.0

    def beat_and_ask() -> bool:
        nonlocal due
        if clock() >= due:
            beats.beat(name, database_now())
            due = clock() + BEAT_SECONDS
        return stop()

    return beat_and_ask


def signs_of_life() -> dict[str, datetime]:
    """When each part of the engine was last seen; any change is a sign of life.

    `result` is the cluster's monitor: without it no task is ever taken off the list of what is to be done.
    """
    signs = dict(EngineBeat.objects.exclude(name=SENT).values_list("name", "seen_on"))
    stored_on = Task.objects.aggregate(last=Max("stopped"))["last"]
    return signs if stored_on is None else {**signs, "result": stored_on}


def _is_under_way() -> bool:
    sent, answered = beats.last_seen(SENT), beats.last_seen("pulse")
    return sent is not None and (answered is None or answered < sent)
