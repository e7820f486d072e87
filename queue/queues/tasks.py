"""What the cluster runs. django-q2 is the alarm clock and the process pool; the queue is our own table."""

import os
from pathlib import Path

from django.conf import settings

from queues import beats, draining, pulses, slots, ticking
from queues.clock import database_now
from queues.waking import drain_slots

STOP_FILE = "HUB_STOP_FILE"


def tick() -> str:
    return str(ticking.tick(database_now()))


def drain() -> int:
    """Takes a slot of this machine and drains in it; ends at once when all are taken."""
    with slots.free_slot(settings.DATA_DIR / "slots", drain_slots()) as slot:
        return 0 if slot is None else draining.drain(stop=pulses.beating("drain", stop_requested))


def pulse() -> None:
    """A worker lives and reaches the database."""
    beats.beat("pulse", database_now())


def stop_requested() -> bool:
    """The supervisor asks by a file: a signal to django-q2's workers would kill them in the middle of it."""
    path = os.environ.get(STOP_FILE)
    return path is not None and Path(path).exists()
