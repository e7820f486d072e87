"""Just enough HTTP/1.1 for the demo ERP: a request in, an answer out, both head and body within limits."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

HEAD_LIMIT = 16 * 1024
BODY_LIMIT = 1024 * 1024
TRAILER_LIMIT = 32

_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) (/[!-~]*) HTTP/(1\.[0-9])")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_LENGTH = re.compile(r"[0-9]{1,20}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;[^\r\n]*)?\r\n")


@dataclass(frozen=True, slots=True)
class Head:
    """`headers` by lower-case name, a repeated one joined with commas; the last of a repeated query field."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    head: Head
    body: bytes

    @property
    def keeps_alive(self) -> bool:
        """Not after HEAD: the answer has a body, which such a client does not read."""
        return self.head.method != "HEAD" and self.head.headers.get("connection", "").lower() != "close"


@dataclass(frozen=True, slots=True)
class Answer:
    """JSON text: whole, or in pieces where it is long."""

    status: int
    content: bytes | AsyncIterator[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpError(Exception):
    """The request cannot be served; the reason is for whoever reads the answer."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.answer = json_answer(status, {"error": reason}, headers)


def json_answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(content).encode(), headers or {})


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request of a connection, None once the client has closed it. Raises HttpError.

    The reader's own limit has to be HEAD_LIMIT.
    """
    data = await _read_head(reader)
    if not data:
        return None
    head = parse_head(data)
    if head.headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        return Request(head, await _read_body(reader, head.headers))
    except asyncio.IncompleteReadError:
        raise HttpError(400, "the request ends within its body") from None


async def write_answer(writer: asyncio.StreamWriter, answer: Answer, *, keep_alive: bool) -> None:
    if isinstance(answer.content, bytes):
        size = {"Content-Length": str(len(answer.content))}
        writer.write(_format_head(answer, size, keep_alive=keep_alive) + answer.content)
    else:
        writer.write(_format_head(answer, {"Transfer-Encoding": "chunked"}, keep_alive=keep_alive))
        await _write_chunks(writer, answer.content)
    await writer.drain()


def parse_head(data: bytes) -> Head:
    """Request line and headers, up to and with the empty line. Raises HttpError."""
    request_line, *lines = data.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    match = _REQUEST_LINE.fullmatch(request_line)
    if match is None:
        raise HttpError(400, f"not a request line: {request_line[:80]!r}")
    method, target, version = match.groups()
    if version != "1.1":
        raise HttpError(505, f"HTTP/{version} is not spoken here, HTTP/1.1 is")
    path, _, query = target.partition("?")
    return Head(method, path, dict(parse_qsl(query, keep_blank_values=True)), _parse_headers(lines))


def _parse_headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise HttpError(400, f"not a header: {line[:80]!r}")
        name, value = match[1].lower(), match[2].rstrip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _read_head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise HttpError(431, f"the head is longer than {HEAD_LIMIT} bytes") from None
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise HttpError(400, "the request ends within its head") from None
        return b""


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    length, encoding = headers.get("content-length"), headers.get("transfer-encoding")
    if encoding is None:
        return await reader.readexactly(_parse_length(length)) if length else b""
    if length is not None:
        raise HttpError(400, "Content-Length and Transfer-Encoding exclude each other")
    if encoding.lower() != "chunked":
        raise HttpError(400, f"Transfer-Encoding {encoding[:80]!r} is not spoken here, 'chunked' is")
    return await _read_chunks(reader)


def _parse_length(text: str) -> int:
    if _LENGTH.fullmatch(text) is None:
        raise HttpError(400, f"Content-Length {text[:80]!r} is not a number of bytes")
    return _check_size(int(text))


def _check_size(size: int) -> int:
    if size > BODY_LIMIT:
        raise HttpError(413, f"the body is longer than {BODY_LIMIT} bytes")
    return size


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := await _read_chunk_size(reader):
        _check_size(len(body) + size)
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise HttpError(400, f"a chunk is longer than the {size} bytes it announced")
    await _skip_trailers(reader)
    return bytes(body)


async def _read_chunk_size(reader: asyncio.StreamReader) -> int:
    line = await _read_line(reader)
    match = _CHUNK.fullmatch(line)
    if match is None:
        raise HttpError(400, f"not the size of a chunk: {line[:80].decode('latin-1')!r}")
    return int(match[1], 16)


async def _skip_trailers(reader: asyncio.StreamReader) -> None:
    for _ in range(TRAILER_LIMIT):
        if await _read_line(reader) == b"\r\n":
            return
    raise HttpError(431, f"more than {TRAILER_LIMIT} lines after the last chunk")


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError:
        raise HttpError(431, f"a line of the body is longer than {HEAD_LIMIT} bytes") from None


def _format_head(answer: Answer, size: Mapping[str, str], *, keep_alive: bool) -> bytes:
    headers = {"Content-Type": "application/json", **size, **answer.headers}
    if not keep_alive:
        headers["Connection"] = "close"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n{lines}\r\n".encode("latin-1")


async def _write_chunks(writer: asyncio.StreamWriter, pieces: AsyncIterator[bytes]) -> None:
    async for piece in pieces:
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
