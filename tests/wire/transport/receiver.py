"""A loopback HTTP/1.1 server whose paths say how it behaves, and which remembers every request it read."""

import gzip
import json
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar, cast

from integrationhub.wire.transport import Outcome, Transport

Key = TypeVar("Key", bound=Hashable)
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Call:
    connection: int
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Receiver(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 512

    def __init__(self, *, dual_stack: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self.dual_stack = dual_stack
        self.address_family = socket.AF_INET6 if dual_stack else socket.AF_INET
        self.calls: list[Call] = []
        self.connections = 0
        self.open: set[socket.socket] = set()
        self.lock = threading.Lock()
        self.gathering = threading.Barrier(1)
        self.closing = threading.Event()
        super().__init__(("::" if dual_stack else "127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.scheme = "https" if tls else "http"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def server_bind(self) -> None:
        if self.dual_stack:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socketserver.TCPServer.server_bind(self)  # HTTPServer's own looks its name up
        self.server_name, self.server_port = "receiver", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Peers that leave are what the tests are about."""

    def wait_until_idle(self) -> None:
        """Until every connection the server closed is really gone."""
        while self.open:
            time.sleep(0.001)

    def stop(self) -> None:
        self.closing.set()
        self.gathering.abort()
        self.shutdown()
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        self.receiver = cast(Receiver, self.server)
        self.served = 0
        with self.receiver.lock:
            self.receiver.connections += 1
            self.number = self.receiver.connections
            self.receiver.open.add(self.request)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()
        with self.receiver.lock:
            self.receiver.open.discard(self.request)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def log_message(self, *_arguments: Any) -> None:
        pass

    def serve(self) -> None:
        self.served += 1
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        call = Call(self.number, self.command, self.path, self.headers.items(), body)
        with self.receiver.lock:
            self.receiver.calls.append(call)
        behave = getattr(self, "behave_" + self.path.split("/")[1].split("?")[0].replace("-", "_"))
        behave(call)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def behave_echo(self, call: Call) -> None:
        self.answer(200, call.body, X_Connection=str(call.connection))

    def behave_status(self, call: Call) -> None:
        self.answer(int(call.path.split("/")[2]), b"as asked")

    def behave_bearer(self, call: Call) -> None:
        """Lets in who carries the token that the path names."""
        known = call.values("Authorization") == [f"Bearer {call.path.split('/')[2]}"]
        self.answer(200 if known else 401)

    def behave_headers(self, _call: Call) -> None:
        self.send_response_only(103)
        self.send_header("X-Early", "hint")
        self.end_headers()
        self.wfile.write(
            b"HTTP/1.1 200 OK\r\nX-Twice: one\r\nx-twice: two\r\nX-Latin: caf\xe9\r\nX-Empty:\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: late\r\n\r\n"
        )

    def behave_redirect(self, call: Call) -> None:
        self.answer(302, b"elsewhere", Location=call.path.partition("?")[2])

    def behave_gather(self, _call: Call) -> None:
        """Answers once as many requests have arrived as the test asked for."""
        self.receiver.gathering.wait(timeout=30)
        self.answer(200, b"together")

    def behave_drip(self, _call: Call) -> None:
        """A hundred bytes, one every 50 ms: no pause is long, the whole is."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        for _ in range(100):
            if self.receiver.closing.wait(0.05):
                return
            self.wfile.write(b".")

    def behave_silent(self, _call: Call) -> None:
        self.receiver.closing.wait(30)

    def behave_cut(self, _call: Call) -> None:
        self.close_connection = True

    def behave_cut_in_body(self, _call: Call) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        self.close_connection = True

    def behave_cut_when_reused(self, call: Call) -> None:
        if self.served > 1:
            self.close_connection = True
        else:
            self.behave_echo(call)

    def behave_close_when_idle(self, call: Call) -> None:
        """Answers as if it kept the connection, then closes it."""
        self.behave_echo(call)
        self.close_connection = True

    def behave_garbage(self, _call: Call) -> None:
        self.wfile.write(b"220 mail.example.com ESMTP ready\r\n")
        self.close_connection = True

    def behave_large(self, call: Call) -> None:
        self.answer(200, b"x" * int(call.path.split("/")[2]))

    def behave_endless(self, _call: Call) -> None:
        self.wfile.write(b"HTTP/1.1 500 Oops\r\n\r\n")
        while True:
            self.wfile.write(b"x" * MEGABYTE)

    def behave_gzip(self, _call: Call) -> None:
        self.answer(200, gzip.compress(b"plain text"), Content_Encoding="gzip")

    def behave_gzip_bomb(self, _call: Call) -> None:
        self.answer(200, gzip.compress(bytes(50 * MEGABYTE), 1), Content_Encoding="gzip")

    def behave_not_gzip(self, _call: Call) -> None:
        self.answer(200, b"this is not gzip", Content_Encoding="gzip")

    def behave_endless_headers(self, _call: Call) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-More: " + b"x" * 8000 + b"\r\n")

    def behave_fork(self, call: Call) -> None:
        self.answer(200, json.dumps(call.connection).encode())


@contextmanager
def running(receiver: Receiver) -> Iterator[Receiver]:
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stop()
        thread.join()


def settle(transport: Transport[Key]) -> dict[Key, Outcome]:
    """The outcomes of all that is in flight."""
    outcomes: dict[Key, Outcome] = {}
    while transport.in_flight:
        outcomes.update(transport.poll(1.0))
    return outcomes
