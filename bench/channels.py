"""`hub_bench channels`: hooks that are stored and answered at once, beside a bare view that inserts one row.

Both stand behind the shipped server with its two workers. At the end a worker is killed while hooks come in,
and every hook that was accepted is looked for.
"""

import os
import signal
import threading
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.core.management import CommandError
from django.utils import timezone

from bench import bare_view, cpu
from bench.engine import Say
from bench.hook_load import IN_FLIGHT, Caller, Load
from bench.place import Place, free_port, open_place, require, server_processes, wait_until
from bench.summaries import percentile
from bench.tables import Report
from channels import points
from channels.models import MessageLog
from channels.sealing import unseal
from integrations.models import Client
from integrations.principals import Principal, Scope
from queues.supervising.programs import make_web


@dataclass(frozen=True)
class Web:
    """A web server, and the address to call on it."""

    address: str
    pid: int

    def call(self, items: int, *, rate: float | None = None) -> Load:
        database = server_processes()
        used, served = cpu.seconds_used([self.pid]), cpu.seconds_used(database)
        load = Caller(self.address, rate=rate).call(range(items))
        load.cpu, load.server = cpu.seconds_used([self.pid]) - used, cpu.seconds_used(database) - served
        return load


def bench_channels(*, items: int, rounds: int, say: Say) -> Report:
    """The place's database is PostgreSQL's; everything started is stopped at the end."""
    require("postgresql")
    with open_place() as place:
        bare_view.make_table()
        hub = _start_web(place, f"/hooks/{_make_channel()}", settings="bench.settings")
        bare = _start_web(place, "/", settings="bench.bare_settings")
        webs = {"the hub": hub, "a bare view": bare}
        report = Report(f"Hooks a second, {IN_FLIGHT} at once, {rounds} rounds of {items} in turns")
        loads = _run_rounds(webs, items, rounds=rounds, say=say)
        report.rows = [_describe(name, each) for name, each in loads.items()]
        pace = median(load.rate for load in loads["the hub"]) / 2
        report.rows.append(_describe("the hub, half of that", [hub.call(items, rate=pace)]))
        report.notes.append(_kill_a_worker(hub, items))
        return report


def _run_rounds(webs: dict[str, Web], items: int, *, rounds: int, say: Say) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {name: [] for name in webs}
    for number in range(rounds + 1):  # the first one warms up
        for name, web in webs.items():
            load = web.call(items if number else items // 5)
            say(f"round {number}: {name} {load.rate:,.0f}/s")
            if number:
                loads[name].append(load)
    return loads


def _start_web(place: Place, path: str, *, settings: str) -> Web:
    """The shipped command, for the hub or for what the settings make of it."""
    port = free_port()
    web = make_web("127.0.0.1", port, environment={})
    process = place.start(*web.command, DJANGO_SETTINGS_MODULE=settings)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: _answers(url), place)
    return Web(url + path, process.pid)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _make_channel() -> str:
    client = Client.objects.create(code="bench", name="Bench")
    by = Principal(None, client, frozenset(Scope.values))
    values = {"code": "bench", "type": "public", "recv_svcscriptcode": "ws_hook"}
    token: str = points.create(client, values, by=by, now=timezone.now()).token_local
    return token


def _describe(name: str, loads: list[Load]) -> dict[str, Any]:
    waits = [1000 * wait for load in loads for wait in load.waits]
    return {
        "what": name,
        "a second": median(load.rate for load in loads),
        "slowest": min(load.rate for load in loads),
        "fastest": max(load.rate for load in loads),
        "p50 ms": median(waits),
        "p95 ms": percentile(waits, 0.95),
        "web us": median(1e6 * load.cpu / len(load.accepted) for load in loads),
        "server us": median(1e6 * load.server / len(load.accepted) for load in loads),
        "lost": sum(load.lost for load in loads),
    }


def _kill_a_worker(hub: Web, items: int) -> str:
    """Raises CommandError when a hook that was accepted is missing, or is there twice."""
    before = MessageLog.objects.count()
    worker = cpu.tree(hub.pid)[1]
    killing = threading.Timer(1.0, os.kill, (worker, signal.SIGKILL))
    killing.start()
    load = Caller(hub.address, rate=300).call(range(items, 2 * items))
    killing.join()
    stored = count_stored(items)
    wrong = [number for number in load.accepted if stored[number] != 1]
    if wrong:
        raise CommandError(f"{len(wrong)} accepted hooks are not stored exactly once, such as {wrong[:5]}.")
    after = MessageLog.objects.count() - before
    return (
        f"With kill -9 of a web worker: {len(load.accepted)} hooks accepted, each stored exactly once; "
        f"{load.lost} calls got no answer, {after - len(load.accepted)} of them were stored."
    )


def count_stored(first: int) -> Counter[int]:
    """How often each number from `first` on is stored."""
    found: Counter[int] = Counter()
    for sealed in MessageLog.objects.values_list("sealed", flat=True).iterator():
        number = int(unseal(sealed).body.split(b'"id": ')[1].split(b",")[0])
        if number >= first:
            found[number] += 1
    return found
