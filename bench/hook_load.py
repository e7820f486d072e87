"""Hooks called many at once, and what came of them."""

import time
from dataclasses import dataclass, field

from integrationhub.wire.transport import AddressGuard, Request, Response, Transport

IN_FLIGHT = 8
MOST_BEHIND = 200
BODY = b'{"event": "invoice.paid", "id": %d, "amount": "1200.50", "currency": "EUR", "lines": []}'


@dataclass
class Load:
    """What came of a stretch of calls: `accepted` are the numbers of those that were answered with 200, and
    `waits` their seconds; `cpu` is what the web server used of it."""

    seconds: float = 0.0
    cpu: float = 0.0
    waits: list[float] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    lost: int = 0

    @property
    def rate(self) -> float:
        return len(self.accepted) / self.seconds


@dataclass
class Caller:
    """Calls one address. Without a rate the next call waits for a place; with one every call has its time,
    and its wait counts from then. `keeps` says whether connections are used again: only then may the
    transport send a call twice that met a dead one."""

    url: str
    rate: float | None = None
    keeps: bool = True
    load: Load = field(default_factory=Load)
    _due: dict[int, float] = field(default_factory=dict)

    def call(self, numbers: range) -> Load:
        transport: Transport[int] = Transport(AddressGuard(["127.0.0.0/8"]))
        self._began, left = time.monotonic(), list(reversed(numbers))
        try:
            while left or self._due:
                while left and self._may_start(numbers.stop - left[-1], len(numbers)):
                    self._start(transport, left.pop(), numbers.start)
                for number, answer in transport.poll(0.002):
                    self._take(number, answer)
        finally:
            transport.close()
        self.load.seconds = time.monotonic() - self._began
        return self.load

    def _may_start(self, left: int, count: int) -> bool:
        if self.rate is None:
            return len(self._due) < IN_FLIGHT
        is_time = time.monotonic() >= self._began + (count - left) / self.rate
        return is_time and len(self._due) < MOST_BEHIND

    def _start(self, transport: Transport[int], number: int, first: int) -> None:
        headers = [("Content-Type", "application/json")]
        if self.keeps:
            headers.append(("Idempotency-Key", str(number)))
        timed = self._began + (number - first) / self.rate if self.rate else time.monotonic()
        self._due[number] = timed
        transport.submit(number, Request("POST", self.url, tuple(headers), BODY % number, 30.0))

    def _take(self, number: int, answer: object) -> None:
        waited = time.monotonic() - self._due.pop(number)
        if isinstance(answer, Response) and answer.status == 200:
            self.load.accepted.append(number)
            self.load.waits.append(waited)
        else:
            self.load.lost += 1
