"""Celery with prefork workers on a Redis of its own that keeps nothing on disk: the fastest it is set up."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.core.management import CommandError

from bench.place import Place, free_port
from bench.rivals import tasks
from bench.rivals.watching import watch
from bench.summaries import Sample

_QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR")


@dataclass
class CeleryQueue:
    """`url`: POST to it for every item; without one, do nothing."""

    url: str = ""
    name: str = "Celery on Redis"

    def missing(self) -> str:
        if not shutil.which("redis-server"):
            return "needs redis-server (Debian: apt install redis-server)"
        return tasks.missing("celery", "redis", "requests")

    def measure(self, place: Place, *, items: int, processes: int) -> Sample:
        with _redis(place) as (broker, redis, pid):
            self._fill(broker, items)
            worker = place.python(
                *("-m", "celery", "--app=bench.rivals.celery_app", "worker", f"--concurrency={processes}"),
                *_QUIET,
                BENCH_BROKER=broker,
            )
            return watch(
                place,
                worker,
                items=items,
                remaining=lambda: int(redis.llen("celery")) + int(redis.hlen("unacked")),
                servers=[pid],
            )

    def _fill(self, broker: str, items: int) -> None:
        from celery import Celery

        with Celery(broker=broker) as app:
            for item in range(items):
                if self.url:
                    app.send_task("post", (self.url, item), ignore_result=True)
                else:
                    app.send_task("do_nothing", (item,), ignore_result=True)


@contextmanager
def _redis(place: Place) -> Iterator[tuple[str, Any, int]]:
    """A Redis in memory: its URL, a client of it, its process id."""
    import redis

    port = free_port()
    server = place.start("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "")
    with redis.Redis(port=port) as client:
        _wait_for(client)
        try:
            yield f"redis://127.0.0.1:{port}/0", client, server.pid
        finally:
            place.stop(server)


def _wait_for(client: Any) -> None:
    import redis

    end = time.monotonic() + 10
    while time.monotonic() < end:
        with suppress(redis.ConnectionError):
            client.ping()
            return
        time.sleep(0.05)
    raise CommandError("redis-server does not answer")
