"""`hub_bench latency`: from the moment an item becomes due in an idle hub to its start."""

import time
from collections.abc import Iterator
from functools import partial
from statistics import median

from django.utils import timezone

from bench import noop, world
from bench.engine import Say
from bench.place import Place, free_port, open_place, wait_until
from bench.summaries import percentile
from bench.tables import Report
from integrations.models import ClientIntegration
from integrations.principals import Principal, Scope
from queues import handling
from queues.clock import database_now
from queues.models import ActionLog, IntegrationQueue
from queues.states import State

PAUSE_SECONDS = 0.7
BY = Principal(None, None, frozenset(Scope.values))
WAYS = {
    "through the cluster": ("manage.py", "hub_run"),
    "hub_drain --loop": ("manage.py", "hub_drain", "--loop"),
}


def bench_latency(*, items: int, say: Say) -> Report:
    """On the kind of database that DATABASE_URL names."""
    noop.register()
    report = Report("From due to started in an idle hub, milliseconds")
    for name, command in WAYS.items():
        with open_place() as place:
            activations = world.make_world(noop.NAME, {}, now=timezone.now(), clients=1)
            world.store_records(activations, items, now=timezone.now())
            waits = _measure(place, command, activations, say)
        say(f"{name}: {len(waits)} items")
        report.rows.append(
            {
                "what": name,
                "items": len(waits),
                "p50": median(waits),
                "p95": percentile(waits, 0.95),
                "max": max(waits),
            }
        )
    return report


def _measure(
    place: Place, command: tuple[str, ...], activations: list[ClientIntegration], say: Say
) -> list[float]:
    """Every item is delivered once to warm up, then opened again, one at a time, with a pause before each."""
    world.fill_queue(activations, now=timezone.now())
    port = str(free_port())
    place.python(*command, PORT=port, HUB_WORKERS="3")
    say("waiting for the first round")
    wait_until(lambda: not world.count_open(), place)
    return list(_reopen_each(place))


def _reopen_each(place: Place) -> Iterator[float]:
    for item in IntegrationQueue.objects.order_by("pk"):
        time.sleep(PAUSE_SECONDS)
        due = database_now()
        handling.reopen(item, by=BY, now=due)
        wait_until(partial(_succeeded, item.pk), place)
        started = ActionLog.objects.filter(item=item).latest("id").started_on
        yield 1000 * (started - due).total_seconds()


def _succeeded(pk: int) -> bool:
    return IntegrationQueue.objects.filter(pk=pk, state=State.SUCCEEDED).exists()
