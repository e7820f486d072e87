"""Measuring workers that are not ours: by how much of their queue remains."""

import subprocess
import time
from collections.abc import Callable, Sequence

from django.core.management import CommandError

from bench import cpu
from bench.place import Place
from bench.summaries import Sample

_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 120.0


def watch(
    place: Place,
    worker: subprocess.Popen[str],
    *,
    items: int,
    remaining: Callable[[], int],
    servers: Sequence[int],
) -> Sample:
    """From the first item seen done to the last; then stops the worker.

    Raises CommandError when it stands still.
    """
    left = _wait_below(items, remaining, place)
    began, client, served = time.monotonic(), cpu.seconds_used([worker.pid]), cpu.seconds_used(servers)
    done_before = items - left
    while left:
        left = _wait_below(left, remaining, place)
    seconds = time.monotonic() - began
    client, served = cpu.seconds_used([worker.pid]) - client, cpu.seconds_used(servers) - served
    place.stop(worker)
    if done_before == items:
        raise CommandError(f"{items} items are too few to measure: they were done at the first look.")
    return Sample(items - done_before, seconds, client, served if servers else None)


def _wait_below(known: int, remaining: Callable[[], int], place: Place) -> int:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        if (left := remaining()) < known:
            return left
        time.sleep(_LOOK_SECONDS)
    raise CommandError(f"Nothing moved for {_PATIENCE_SECONDS:.0f} s.\n{place.complaints()}")
