"""Bodies of requests as they come in over ASGI: whole, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from http import HTTPStatus
from io import BytesIO
from typing import Any, NoReturn

BODY_SECONDS = 120
# Anybody may send bodies, and each takes memory until it is whole: so many of the large ones at a time.
SMALL = 256 * 1024
MOST_LARGE = 16

Receive = Callable[[], Awaitable[dict[str, Any]]]


class Refused(Exception):  # noqa: N818
    """The request is answered without the application."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        self.status = status
        self.detail = detail


class Bodies:
    """Receives the bodies of requests; one has at most `largest` bytes."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._large = asyncio.Semaphore(MOST_LARGE)

    async def receive(self, receive: Receive) -> dict[str, Any]:
        """What WSGI says of the body. Raises Refused."""
        try:
            async with asyncio.timeout(BODY_SECONDS), AsyncExitStack() as stack:
                body = await self._read(receive, stack)
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "The body took too long to come.") from None
        return {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}

    async def _read(self, receive: Receive, stack: AsyncExitStack) -> bytes:
        body = bytearray()
        goes_on = True
        while goes_on:
            part, goes_on = await _receive_part(receive)
            if len(body) <= SMALL < len(body) + len(part):
                await stack.enter_async_context(self._large)
            body += part
            if len(body) > self._largest:
                await self._refuse(receive, goes_on)
        return bytes(body)

    async def _refuse(self, receive: Receive, goes_on: bool) -> NoReturn:
        """Takes in as much again: most senders look for an answer only when they have sent everything."""
        passed_over = 0
        while goes_on and passed_over <= self._largest:
            part, goes_on = await _receive_part(receive)
            passed_over += len(part)
        detail = f"A body has at most {self._largest} bytes."
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


async def _receive_part(receive: Receive) -> tuple[bytes, bool]:
    """The part, and whether there are more."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Refused(HTTPStatus.BAD_REQUEST, "The body ended before it was complete.")
    return message.get("body", b""), message.get("more_body", False)
