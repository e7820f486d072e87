"""`python -m bench.receiver`: answers 200 to any HTTP/1.1 request with a Content-Length, as fast as it can.

It writes its port to standard output and runs until it is told to end.
"""

import asyncio
import re
import sys
from typing import cast

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiver(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # a server of streams
        self._received = bytearray()

    def data_received(self, data: bytes) -> None:
        self._received += data
        answers = 0
        while (end := request_end(self._received)) is not None:
            del self._received[:end]
            answers += 1
        if answers:
            self._transport.write(_ANSWER * answers)


def request_end(received: bytes | bytearray) -> int | None:
    """Where the first request ends; None while it is not all there."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = _LENGTH.search(received, 0, head)
    end = head + 4 + (int(length[1]) if length else 0)
    return end if end <= len(received) else None


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
