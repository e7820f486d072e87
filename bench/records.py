"""`hub_bench records`: rows upserted through the API, by as many senders as the web server has workers."""

import http.client
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson
from django.core.management import CommandError
from django.utils import timezone

from bench import cpu, noop, world
from bench.engine import Say
from bench.place import Place, free_port, open_place, server_processes, wait_until
from bench.sqlite import answers
from bench.tables import Report
from integrations import credentials
from integrations.api.records import MOST_ROWS
from integrations.models import Client
from queues.supervising import programs

SENDERS = programs.WEB_WORKERS
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Target:
    """The web server, its first process, and the key it takes rows under."""

    port: int
    pid: int
    bearer: str


def bench_records(*, records: int, say: Say) -> Report:
    noop.register()
    report = Report(f"Records through the API, {MOST_ROWS:,} to a request, {SENDERS} senders")
    with open_place() as place:
        (row,) = world.make_world(noop.NAME, {}, now=timezone.now(), clients=1)
        target = start_web(place, row.client)
        first = timezone.now()
        second = first + timedelta(seconds=1)
        for what, updated_on in (("new", first), ("unchanged", first), ("a newer version", second)):
            report.rows.append(_measure(what, records, updated_on, target=target))
            say(f"{what}: {report.rows[-1]['rows/s']:,.0f} rows/s")
    return report


def start_web(place: Place, client: Client, **environment: str) -> Target:
    """As an installation runs it."""
    issued = credentials.issue("bearer", now=timezone.now(), client=client, scopes=["read", "write"])
    port = free_port()
    web = place.start(*programs.make_web("127.0.0.1", port, environment={}).command, **environment)
    wait_until(partial(answers, f"http://127.0.0.1:{port}/readyz"), place)
    return Target(port, web.pid, issued.token)


def _measure(what: str, records: int, updated_on: datetime, *, target: Target) -> dict[str, Any]:
    """One pass over all rows. The memory is that of the web server's largest process."""
    server = server_processes()
    began, used, served = time.monotonic(), cpu.seconds_used([target.pid]), cpu.seconds_used(server)
    with _memory_watched(target.pid) as megabytes, ThreadPoolExecutor(SENDERS) as senders:
        shares = [range(sender, records, SENDERS) for sender in range(SENDERS)]
        list(senders.map(partial(_send, updated_on=updated_on, target=target), shares))
    third = -(-len(megabytes) // 3)
    return {
        "what": what,
        "rows": records,
        "rows/s": records / (time.monotonic() - began),
        "web us": 1e6 * (cpu.seconds_used([target.pid]) - used) / records,
        "server us": 1e6 * (cpu.seconds_used(server) - served) / records if server else None,
        "MB, first third": max(megabytes[:third]),
        "MB, last third": max(megabytes[-third:]),
    }


def _send(numbers: range, *, updated_on: datetime, target: Target) -> None:
    """The rows of these numbers, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
    headers = {"Authorization": f"Bearer {target.bearer}", "Content-Type": "application/json"}
    for start in range(0, len(numbers), MOST_ROWS):
        connection.request(
            "POST", "/hub/v1/records/", _body(numbers[start : start + MOST_ROWS], updated_on), headers
        )
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise CommandError(f"{answer.status}: {text[:500].decode()}")
    connection.close()


def _body(numbers: range, updated_on: datetime) -> bytes:
    rows = list(world.make_payments(numbers, updated_on))
    return orjson.dumps({"entity": world.ENTITY, "rows": rows})


@contextmanager
def _memory_watched(pid: int) -> Iterator[list[float]]:
    """The size of the largest process meanwhile, look by look."""
    sizes = [cpu.megabytes_held(pid)]
    gone = threading.Event()

    def look() -> None:
        while not gone.wait(LOOK_SECONDS):
            sizes.append(cpu.megabytes_held(pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield sizes
    finally:
        gone.set()
        watcher.join()
