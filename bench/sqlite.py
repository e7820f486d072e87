"""`hub_bench sqlite`: the embedded database with everything running on it that an installation runs."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from bench import noop, world
from bench.engine import Say
from bench.place import free_port, open_place, require, wait_until
from bench.rivals.watching import watch
from bench.summaries import summarise
from bench.tables import Report
from queues.waking import drain_slots, start_drains

LOCKED = "database is locked"
VISIT_SECONDS = 0.05


def bench_sqlite(*, items: int, rounds: int, say: Say) -> Report:
    require("sqlite")
    noop.register()
    samples, visits, locked = [], 0, 0
    for number in range(1, rounds + 1):
        with open_place() as place:
            activations = world.make_world(noop.NAME, {}, now=timezone.now())
            world.store_records(activations, items, now=timezone.now())
            port = free_port()
            hub = place.python("manage.py", "hub_run", PORT=str(port))
            wait_until(lambda url=f"http://127.0.0.1:{port}/readyz": _answers(url), place)  # type: ignore[misc]
            with _visitor(f"http://127.0.0.1:{port}/readyz") as answers:
                world.fill_queue(activations, now=timezone.now())
                start_drains(drain_slots())
                samples.append(watch(place, hub, items=items, remaining=world.count_open, servers=[]))
            visits += len(answers)
            locked += place.read_complaints().count(LOCKED)
        say(f"round {number}: {samples[-1].rate:,.0f}/s")
    summary = summarise(samples)
    row = {
        "what": "no-op items, web and cluster running",
        "items": items,
        "items/s": summary.rate,
        "slowest": summary.slowest,
        "fastest": summary.fastest,
        "cpu us": summary.client_us,
        "pages answered": visits,
        LOCKED: locked,
    }
    return Report(f"SQLite, {rounds} rounds", [row])


@contextmanager
def _visitor(url: str) -> Iterator[list[bool]]:
    """Somebody who asks for the page again and again meanwhile; the list grows by each answer."""
    answers: list[bool] = []
    gone = threading.Event()

    def visit() -> None:
        while not gone.wait(VISIT_SECONDS):
            answers.append(_answers(url))

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        yield answers
    finally:
        gone.set()
        visitor.join()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):  # noqa: S310  (our own web server)
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
