"""A caller of the OData service that takes the time of each of its requests."""

import http.client
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.core.management import CommandError

from bench import cpu
from bench.odata_requests import PAGE
from bench.place import server_processes
from bench.records import Target
from bench.summaries import percentile


@dataclass
class Reading:
    """What came of a stretch of requests: the seconds of each, and the CPU that all of them cost."""

    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    web: float = 0.0
    server: float = 0.0

    @property
    def middle(self) -> float:
        return median(self.waits)

    @property
    def cpu(self) -> float:
        """Of one request, in the web server and the database."""
        return (self.web + self.server) / len(self.waits)

    def describe(self, what: str) -> dict[str, Any]:
        milliseconds = [1000 * wait for wait in self.waits]
        return {
            "what": what,
            "requests": len(milliseconds),
            "p50 ms": median(milliseconds),
            "p95 ms": percentile(milliseconds, 0.95),
            "p99 ms": percentile(milliseconds, 0.99),
            "web us": 1e6 * self.web / len(milliseconds),
            "server us": 1e6 * self.server / len(milliseconds),
        }


class Reader:
    """One connection that is kept, one request after the other."""

    def __init__(self, target: Target, page: int = PAGE) -> None:
        self._target = target
        self._connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
        self._headers = {
            "Authorization": f"Bearer {target.bearer}",
            "Accept": "application/json",
            "Prefer": f"odata.maxpagesize={page}",
        }

    def close(self) -> None:
        self._connection.close()

    def ask(self, address: str) -> tuple[int, bytes]:
        """Raises CommandError for a failure of the server that no document foresees."""
        self._connection.request("GET", address, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status >= 500 and answer.status != 501:
            raise CommandError(f"{answer.status} for {address}: {body[:500].decode()}")
        return answer.status, body

    def read(self, addresses: Iterable[str], into: Reading | None = None) -> Reading:
        """All of these, one after the other."""
        reading = into or Reading()
        server = server_processes()
        used, served = cpu.seconds_used([self._target.pid]), cpu.seconds_used(server)
        for address in addresses:
            began = time.perf_counter()
            status, _ = self.ask(address)
            reading.waits.append(time.perf_counter() - began)
            reading.statuses[status] += 1
        reading.web += cpu.seconds_used([self._target.pid]) - used
        reading.server += cpu.seconds_used(server) - served
        return reading

    def follow(self, address: str, most: int) -> list[str]:
        """The addresses of pages from this one on, by way of their links; the last one ends it."""
        found = [address]
        while len(found) < most and (link := self._next(found[-1])):
            found.append(link)
        return found

    def _next(self, address: str) -> str | None:
        link = orjson.loads(self.ask(address)[1]).get("@odata.nextLink")
        if link is None:
            return None
        parts = urlsplit(link)
        return f"{parts.path}?{parts.query}"
