"""Hooks called many at once, and what came of them.

Plain sockets and no more: on a small machine a caller that takes its time would measure itself.
"""

import re
import select
import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit

IN_FLIGHT = 8
MOST_BEHIND = 200
SECONDS = 30.0
BODY = b'{"event": "invoice.paid", "id": %d, "amount": "1200.50", "currency": "EUR", "lines": []}'
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nContent-Type: application/json\r\n"
    "User-Agent: hub_bench\r\nContent-Length: "
)
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


@dataclass
class Load:
    """What came of a stretch of calls: `accepted` are the numbers of those that were answered with 200, and
    `waits` their seconds; `cpu` and `server` are the seconds that the web server and the database used."""

    seconds: float = 0.0
    cpu: float = 0.0
    server: float = 0.0
    waits: list[float] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    lost: int = 0

    @property
    def rate(self) -> float:
        return len(self.accepted) / self.seconds


@dataclass(eq=False)
class Line:
    """A connection that is kept, with one call on it at a time; `timed` is the moment that it counts from."""

    socket: socket.socket
    number: int = 0
    timed: float = 0.0
    answer: bytes = b""

    def send(self, head: bytes, number: int, timed: float) -> None:
        self.number, self.timed, self.answer = number, timed, b""
        body = BODY % number
        self.socket.sendall(b"%s%d\r\n\r\n%s" % (head, len(body), body))

    def receive(self) -> bool:
        """Whether the answer is whole. Raises OSError when there will be none."""
        part = self.socket.recv(65_536)
        if not part:
            raise ConnectionResetError
        self.answer += part
        head, ended, body = self.answer.partition(b"\r\n\r\n")
        if not ended:
            return False
        length = _LENGTH.search(head)
        return len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n")

    @property
    def is_open(self) -> bool:
        """Between calls a server has nothing to say but that it hangs up."""
        readable, _, _ = select.select([self.socket], [], [], 0)
        return not readable

    @property
    def is_accepted(self) -> bool:
        return self.answer.startswith(b"HTTP/1.1 200 ")

    @property
    def is_kept(self) -> bool:
        return _CLOSE.search(self.answer.partition(b"\r\n\r\n")[0]) is None


@dataclass
class Caller:
    """Calls one address. Without a rate the next call waits for a place; with one every call has its time,
    and its wait counts from then. No call is ever made twice."""

    url: str
    rate: float | None = None
    load: Load = field(default_factory=Load)
    _idle: list[Line] = field(default_factory=list)

    def call(self, numbers: range) -> Load:
        parts = urlsplit(self.url)
        self._peer = (str(parts.hostname), int(parts.port or 80))
        self._head = _HEAD.format(path=parts.path, host=parts.netloc).encode()
        self._began = self._heard = time.monotonic()
        left = deque(numbers)
        with selectors.DefaultSelector() as self._busy:
            while left or self._busy.get_map():
                while left and self._may_start(left[0] - numbers.start):
                    self._start(left.popleft(), numbers.start)
                self._listen()
        self.load.seconds = time.monotonic() - self._began
        for line in self._idle:
            line.socket.close()
        return self.load

    def _may_start(self, position: int) -> bool:
        busy = len(self._busy.get_map())
        if self.rate is None:
            return busy < IN_FLIGHT
        return busy < MOST_BEHIND and time.monotonic() >= self._began + position / self.rate

    def _listen(self) -> None:
        for key, _ in self._busy.select(0.002):
            self._heard = time.monotonic()
            self._take(key.data)
        if self._busy.get_map() and time.monotonic() > self._heard + SECONDS:
            raise TimeoutError(f"No call was answered for {SECONDS:g} s.")

    def _start(self, number: int, first: int) -> None:
        timed = self._began + (number - first) / self.rate if self.rate else time.monotonic()
        try:
            line = self._pick_line()
            line.send(self._head, number, timed)
        except OSError:
            self.load.lost += 1
        else:
            self._busy.register(line.socket, selectors.EVENT_READ, line)

    def _pick_line(self) -> Line:
        while self._idle:
            line = self._idle.pop()
            if line.is_open:
                return line
            line.socket.close()
        return Line(socket.create_connection(self._peer, SECONDS))

    def _take(self, line: Line) -> None:
        try:
            if not line.receive():
                return
        except OSError:
            self._hang_up(line)
            self.load.lost += 1
            return
        if line.is_accepted:
            self.load.accepted.append(line.number)
            self.load.waits.append(time.monotonic() - line.timed)
        else:
            self.load.lost += 1
        if line.is_kept:
            self._busy.unregister(line.socket)
            self._idle.append(line)
        else:
            self._hang_up(line)

    def _hang_up(self, line: Line) -> None:
        self._busy.unregister(line.socket)
        line.socket.close()
