"""`hub_bench sqlite`: the embedded database with everything running on it that an installation runs."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from django.utils import timezone

from bench import noop, world
from bench.engine import Say
from bench.place import Place, free_port, open_place, require, wait_until
from bench.rivals.watching import watch
from bench.summaries import Sample, summarise
from bench.tables import Report
from queues.waking import drain_slots, start_drains

LOCKED = "database is locked"
VISIT_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Round:
    sample: Sample
    visits: int
    locked: int


def bench_sqlite(*, items: int, rounds: int, say: Say) -> Report:
    require("sqlite")
    noop.register()
    found = []
    for number in range(1, rounds + 1):
        with open_place() as place:
            found.append(_work_off(place, items))
        say(f"round {number}: {found[-1].sample.rate:,.0f}/s")
    summary = summarise([each.sample for each in found])
    row = {
        "what": "no-op items, web and cluster running",
        "items": items,
        "items/s": summary.rate,
        "slowest": summary.slowest,
        "fastest": summary.fastest,
        "cpu us": summary.client_us,
        "pages answered": sum(each.visits for each in found),
        LOCKED: sum(each.locked for each in found),
    }
    return Report(f"SQLite, {rounds} rounds", [row])


def _work_off(place: Place, items: int) -> Round:
    """The cluster does it, while somebody visits the web server."""
    activations = world.make_world(noop.NAME, {}, now=timezone.now())
    world.store_records(activations, items, now=timezone.now())
    port = free_port()
    url = f"http://127.0.0.1:{port}/readyz"
    hub = place.python("manage.py", "hub_run", PORT=str(port))
    wait_until(partial(answers, url), place)
    with _visitor(url) as visits:
        world.fill_queue(activations, now=timezone.now())
        start_drains(drain_slots())
        sample = watch(place, hub, items=items, remaining=world.count_open, servers=[])
    return Round(sample, sum(visits), place.read_complaints().count(LOCKED))


@contextmanager
def _visitor(url: str) -> Iterator[list[bool]]:
    """Somebody who asks for the page again and again meanwhile; the list grows by each answer."""
    answered: list[bool] = []
    gone = threading.Event()

    def visit() -> None:
        while not gone.wait(VISIT_SECONDS):
            answered.append(answers(url))

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        yield answered
    finally:
        gone.set()
        visitor.join()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):  # noqa: S310  (our own web server)
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
