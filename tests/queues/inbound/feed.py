"""A remote system with payments in it, whose answers to the paths of a test are decided by the test."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

MORNING = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    path: str
    query: dict[str, str]
    headers: dict[str, str]

    def number(self, name: str, default: int) -> int:
        return int(self.query.get(name, default))


@dataclass(frozen=True)
class Told:
    content: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


class Feed(ThreadingHTTPServer):
    """`page` answers what is asked; a list in `instead` is answered from first, None leaves it to `page`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/api"
        self.payments = [payment(number) for number in range(1, 6)]
        self.asked: list[Asked] = []
        self.instead: list[Told | None] = []
        self.page: Callable[[Asked], Told] = self.by_number

    @property
    def queries(self) -> list[dict[str, str]]:
        return [asked.query for asked in self.asked]

    def answer(self, asked: Asked) -> Told:
        self.asked.append(asked)
        told = self.instead.pop(0) if self.instead else None
        return told or self.page(asked)

    def since(self, asked: Asked) -> list[dict[str, Any]]:
        since = asked.query.get("since", "")
        return [each for each in self.payments if (each.get("changed") or since) >= since]

    def by_number(self, asked: Asked) -> Told:
        size = asked.number("limit", 2)
        start = (asked.number("page", 1) - 1) * size
        return Told({"items": self.since(asked)[start : start + size]})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = cast(Feed, self.server).answer(Asked(parts.path, dict(parse_qsl(parts.query)), headers))
        self.send_response(told.status)
        for name, value in {**told.headers, "Content-Length": str(len(told.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(told.body)

    def log_message(self, *_: Any) -> None:
        pass


def payment(number: int, **values: object) -> dict[str, Any]:
    """A payment as the remote system has it; later ones have changed later."""
    return {
        "id": f"00000000-0000-0000-0000-{number:012}",
        "no": number,
        "amount": number * 10.5,
        "changed": (MORNING + timedelta(minutes=number)).isoformat().replace("+00:00", "Z"),
        **values,
    }


@contextmanager
def serving() -> Iterator[Feed]:
    feed = Feed()
    thread = threading.Thread(target=feed.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield feed
    finally:
        feed.shutdown()
        feed.server_close()
        thread.join()
