"""What the cluster runs. django-q2 is the alarm clock and the process pool; the queue is our own table."""

import os
import time
from pathlib import Path

from django.conf import settings

from queues import beats, bulk, draining, halting, pulses, slots, ticking, waking
from queues.clock import database_now
from queues.termination import putting_off_sigterm
from queues.waking import drain_slots

STOP_FILE = "HUB_STOP_FILE"
# Short, so that many jobs keep no drain from its worker.
BULK_SECONDS = 10.0


def tick() -> str:
    return str(ticking.tick(database_now()))


def drain() -> int:
    """Takes a slot of this machine and drains in it; ends at once when all are taken."""
    with slots.free_slot(settings.DATA_DIR / "slots", drain_slots()) as slot:
        if slot is None:
            return 0
        with putting_off_sigterm() as terminated:
            stop = halting.or_halted(pulses.beating("drain", stop_requested))
            return draining.drain(stop=lambda: terminated() or stop())


def bulk_jobs() -> bool:
    """Works on bulk jobs for a moment, one worker on each machine; what is left is a task of its own."""
    with slots.free_slot(settings.DATA_DIR / "bulk-slots", 1) as slot:
        if slot is None:
            return False
        stop, end = pulses.beating("bulk", stop_requested), time.monotonic() + BULK_SECONDS
        while not stop() and time.monotonic() < end:
            if not bulk.work(now=database_now()):
                return False
    waking.wake_bulk()
    return True


def pulse() -> None:
    """A worker lives and reaches the database."""
    beats.beat("pulse", database_now())


def stop_requested() -> bool:
    """The supervisor asks by a file: a signal to django-q2's workers would kill them in the middle of it."""
    path = os.environ.get(STOP_FILE)
    return path is not None and Path(path).exists()
