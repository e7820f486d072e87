"""A WSGI application behind a server that speaks ASGI.

The server takes in requests in its event loop, and one of our threads is needed only when a request is there
as a whole: who sends slowly keeps nobody waiting. With asgiref each request would have a thread of its own,
and with it a connection and prepared statements that nobody uses again.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from integrationhub.wire.bodies import Bodies, Refused
from integrationhub.wire.refusals import Headers, refuse

Environ = dict[str, Any]
Message = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_log = logging.getLogger(__name__)
_ALWAYS: Environ = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class Answer(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Threaded:
    """Calls the application in so many threads, which stay: what each of them keeps open is used again.

    A body has at most `largest` bytes. An answer is sent when it is there as a whole.
    """

    def __init__(self, application: Application, *, threads: int, largest: int) -> None:
        self._application = application
        self._bodies = Bodies(largest)
        self._calls: SimpleQueue[tuple[Environ, asyncio.Future[Answer]]] = SimpleQueue()
        for _ in range(threads):
            Thread(target=self._work, daemon=True).start()

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        try:
            body = await self._bodies.receive(receive)
            answer = await self._ask(_describe(scope, body))
        except Refused as refused:
            answer = _make_answer(refused.status, *refuse(scope["path"], refused.status, refused.detail))
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _ask(self, environ: Environ) -> "asyncio.Future[Answer]":
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._calls.put((environ, answer))
        return answer

    def _work(self) -> None:
        while True:
            environ, asked = self._calls.get()
            asked.get_loop().call_soon_threadsafe(_settle, asked, _answer(self._application, environ))


def _settle(asked: "asyncio.Future[Answer]", answer: Answer) -> None:
    if not asked.done():  # who asked may be gone
        asked.set_result(answer)


def _answer(application: Application, environ: Environ) -> Answer:
    told: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: object = None) -> None:
        told.append((int(status[:3]), headers))

    try:
        response = application(environ, start_response)
        try:
            body = b"".join(response)
        finally:
            if hasattr(response, "close"):
                response.close()
        return _make_answer(*told[-1], body)
    except BaseException:  # whatever it was, the thread is needed again
        _log.exception("The application failed.")  # without the path, which may hold a token
        return _make_answer(HTTPStatus.INTERNAL_SERVER_ERROR, [], b"")


def _make_answer(status: int, headers: Headers, body: bytes) -> Answer:
    """Names of headers stay as they are written: not every caller knows that their case means nothing."""
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    if not any(name.lower() == b"content-length" for name, _ in encoded):
        encoded.append((b"Content-Length", b"%d" % len(body)))
    return Answer(status, encoded, body)


def _describe(scope: Message, body: Environ) -> Environ:
    server, client = scope["server"] or ("", None), scope["client"] or ("", None)
    return {
        **_ALWAYS,
        **_variables(scope["headers"]),
        **body,
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": unquote_to_bytes(_path(scope["raw_path"])).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or ""),
        "REMOTE_ADDR": client[0],
        "wsgi.url_scheme": scope["scheme"],
    }


def _path(target: bytes) -> bytes:
    """A request may name the whole URL."""
    _, is_whole, rest = target.partition(b"://")
    return b"/" + rest.partition(b"/")[2] if is_whole and not target.startswith(b"/") else target


def _variables(headers: Iterable[tuple[bytes, bytes]]) -> Environ:
    """Raises Refused."""
    variables: Environ = {}
    for name, content in headers:
        if not name:
            raise Refused(HTTPStatus.BAD_REQUEST, "A header goes on in the next line.")
        if variable := _variable(name):
            value, known = content.decode("latin-1"), variables.get(variable)
            separator = "; " if name == b"cookie" else ","
            variables[variable] = value if known is None else f"{known}{separator}{value}"
    return variables


@lru_cache(maxsize=512)
def _variable(name: bytes) -> str | None:
    """None for a header that says how the body came, and for a name that WSGI would mistake for another."""
    if b"_" in name or name in (b"content-length", b"transfer-encoding"):
        return None
    variable = name.decode("latin-1").upper().replace("-", "_")
    return variable if name == b"content-type" else f"HTTP_{variable}"
