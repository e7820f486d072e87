"""Connections of the demo ERP: read a request, have it answered, until one side has enough."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import cast

from demo.http1 import HEAD_LIMIT, Answer, HttpError, Request, json_answer, read_request, write_answer

HOST = "127.0.0.1"
BACKLOG = 512
IDLE_SECONDS = 60
GRACE_SECONDS = 3
LINGER_SECONDS = 1

# Answers a request; None cuts the line.
Handler = Callable[[Request], Awaitable[Answer | None]]

_logger = logging.getLogger(__name__)


class Connections:
    """The open connections of one server."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._open: dict[asyncio.Task[None], tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}

    async def listen(self, port: int) -> asyncio.Server:
        """Listen on the loopback address; for port 0 the system chooses a free one."""
        return await asyncio.start_server(self._welcome, HOST, port, limit=HEAD_LIMIT, backlog=BACKLOG)

    async def finish(self) -> None:
        """Let each request that has come in be answered, then close."""
        for reader, writer in self._open.values():
            cast(asyncio.Transport, writer.transport).pause_reading()
            reader.feed_eof()
        if self._open:
            await asyncio.wait(self._open, timeout=GRACE_SECONDS)
        for _, writer in self._open.values():
            writer.transport.abort()

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._open[task] = (reader, writer)
        task.add_done_callback(self._open.pop)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            while await self._exchange(reader, writer):
                pass

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether another may follow."""
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                request = await read_request(reader, writer)
        except HttpError as error:
            await _hang_up(reader, writer, error.answer)
            return False
        if request is None:
            return False
        answer = await self._answer(request)
        if answer is None:
            writer.transport.abort()
            return False
        await write_answer(writer, answer, keep_alive=request.keeps_alive)
        return request.keeps_alive

    async def _answer(self, request: Request) -> Answer | None:
        try:
            return await self._handler(request)
        except HttpError as error:
            return error.answer
        except Exception:
            _logger.exception("%s %s failed", request.head.method, request.head.path)
            return json_answer(500, {"error": "the ERP failed; its log says why"})


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    """Answer a request whose end cannot be found, and read on a little: closing with unread bytes would
    reset the connection, and the client would lose the answer."""
    await write_answer(writer, answer, keep_alive=False)
    writer.write_eof()
    async with asyncio.timeout(LINGER_SECONDS):
        while await reader.read(HEAD_LIMIT):
            pass
