"""Processes of our own that start together at a gate and say when they began and ended.

A worker writes `ready`, waits for a line, works, writes a Stint as JSON and waits for its input to end: until
then its CPU time can be read.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from django.core.management import CommandError

from bench import cpu
from bench.place import Place, server_processes
from bench.summaries import Sample


@dataclass(frozen=True, slots=True)
class Stint:
    """What one worker did, by the machine's monotonic clock."""

    finished: int
    began: float
    ended: float


def serve_gate(work: Callable[[], int]) -> None:
    """The worker's side: works once, when told to. `work` returns how many items it finished."""
    _say("ready")
    sys.stdin.readline()
    began = time.monotonic()
    finished = work()
    _say(json.dumps(asdict(Stint(finished, began, time.monotonic()))))
    sys.stdin.read()


def measure(place: Place, workers: Sequence[subprocess.Popen[str]], *, items: int) -> Sample:
    """Opens the gate for all workers. Raises CommandError unless they finish all items between them."""
    pids = [worker.pid for worker in workers]
    server = server_processes()
    for worker in workers:
        _hear(place, worker)
    client_before, server_before = cpu.seconds_used(pids), cpu.seconds_used(server)
    for worker in workers:
        _tell(worker)
    stints = [Stint(**json.loads(_hear(place, worker))) for worker in workers]
    client, served = cpu.seconds_used(pids) - client_before, cpu.seconds_used(server) - server_before
    for worker in workers:
        place.stop(worker)
    finished = sum(stint.finished for stint in stints)
    if finished != items:
        raise CommandError(f"{finished} of {items} items were finished.\n{place.complaints()}")
    seconds = max(stint.ended for stint in stints) - min(stint.began for stint in stints)
    return Sample(items, seconds, client, served if server else None)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _tell(worker: subprocess.Popen[str]) -> None:
    assert worker.stdin is not None  # noqa: S101  (places give every process a pipe)
    worker.stdin.write("go\n")
    worker.stdin.flush()


def _hear(place: Place, worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None  # noqa: S101
    if line := worker.stdout.readline():
        return line
    raise CommandError(f"A worker ended before its work.\n{place.complaints()}")
