import asyncio
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.http1 import BODY_LIMIT, HEAD_LIMIT, HttpError, Request, read_request


class Line:
    """The half of a connection that the parser writes to."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data


async def read_pieces(pieces: list[bytes], line: Line) -> list[Request]:
    reader = asyncio.StreamReader(limit=HEAD_LIMIT)
    reading = asyncio.create_task(read_all(reader, line))
    for piece in pieces:
        reader.feed_data(piece)
        await asyncio.sleep(0)
    reader.feed_eof()
    return await reading


async def read_all(reader: asyncio.StreamReader, line: Line) -> list[Request]:
    requests = []
    while request := await read_request(reader, cast(asyncio.StreamWriter, line)):
        requests.append(request)
    return requests


def read(*pieces: bytes) -> list[Request]:
    return asyncio.run(read_pieces(list(pieces), Line()))


def chunk(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


POST = b"POST /payments HTTP/1.1\r\nHost: erp\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_request_is_read_with_path_query_headers_and_body():
    (request,) = read(b"PUT /rates/1?entity=A%20B&x= HTTP/1.1\r\nX-One:  a \r\nContent-Length: 2\r\n\r\n{}")

    assert request.head.method == "PUT"
    assert request.head.path == "/rates/1"
    assert request.head.query == {"entity": "A B", "x": ""}
    assert request.head.headers == {"x-one": "a", "content-length": "2"}
    assert request.body == b"{}"


def test_requests_sent_in_one_go_are_read_one_after_the_other():
    requests = read((POST + b"Content-Length: 1\r\n\r\n1") * 3)

    assert [request.body for request in requests] == [b"1"] * 3


def test_a_repeated_header_is_joined():
    (request,) = read(b"GET / HTTP/1.1\r\nA: 1\r\na: 2\r\n\r\n")

    assert request.head.headers == {"a": "1, 2"}


@pytest.mark.parametrize(
    ("start", "keeps"),
    [
        (b"GET / HTTP/1.1\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: keep-alive\r\n", True),
        (b"GET / HTTP/1.1\r\nConnection: Close\r\n", False),
        (b"HEAD / HTTP/1.1\r\n", False),
    ],
)
def test_a_connection_is_kept_unless_the_client_closes_it_or_reads_no_body(start: bytes, keeps: bool):
    (request,) = read(start + b"\r\n")

    assert request.keeps_alive is keeps


def test_chunks_may_carry_extensions_and_trailers():
    (request,) = read(CHUNKED + b"3;name=value\r\nabc\r\nA\r\n0123456789\r\n0\r\nExpires: never\r\n\r\n")

    assert request.body == b"abc0123456789"


def test_a_client_that_waits_for_leave_to_send_gets_it():
    line = Line()
    asked = POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"

    (request,) = asyncio.run(read_pieces([asked, b"{}"], line))

    assert line.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert request.body == b"{}"


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (b"hello\r\n\r\n", 400, "not a request line: 'hello'"),
        (b"GET http://a/ HTTP/1.1\r\n\r\n", 400, "not a request line"),
        (b"GET / HTTP/1.0\r\n\r\n", 505, "HTTP/1.0 is not spoken here"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "not a header: 'no colon'"),
        (b"GET / HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n", 400, "not a header: ' folded'"),
        (b"GET / HTTP/1.1\r\nA : 1\r\n\r\n", 400, "not a header"),
        (b"GET / HTTP/1.1\r\nA: 1\nB: 2\r\n\r\n", 400, "not a header"),
        (b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", 400, "not a header"),
        (b"GET / HTT", 400, "the request ends within its head"),
        (b"GET / HTTP/1.1\r\nA: %b\r\n\r\n" % (b"a" * HEAD_LIMIT), 431, "the head is longer than 16384"),
        (POST + b"Content-Length: -1\r\n\r\n", 400, "Content-Length '-1' is not a number"),
        (POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n1", 400, "Content-Length '1, 1'"),
        (POST + b"Content-Length: %d\r\n\r\n" % (BODY_LIMIT + 1), 413, "the body is longer than 1048576"),
        (POST + b"Content-Length: 5\r\n\r\nabc", 400, "the request ends within its body"),
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "exclude each other"),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 400, "Transfer-Encoding 'gzip, chunked'"),
        (CHUNKED + b"xyz\r\n", 400, "not the size of a chunk: 'xyz\\r\\n'"),
        (CHUNKED + b"-1\r\n", 400, "not the size of a chunk"),
        (CHUNKED + b"3\r\nabcd\r\n", 400, "a chunk is longer than the 3 bytes it announced"),
        (CHUNKED + b"3\r\nab", 400, "the request ends within its body"),
        (CHUNKED + b"ffffffff\r\n", 413, "the body is longer"),
        (CHUNKED + b"%x\r\n" % BODY_LIMIT + b"a" * BODY_LIMIT + b"\r\n1\r\na\r\n", 413, "the body is longer"),
        (CHUNKED + b"1;%b\r\n" % (b"a" * HEAD_LIMIT), 431, "a line of the body is longer"),
        (CHUNKED + b"0\r\n" + b"a: 1\r\n" * 40 + b"\r\n", 431, "more than 32 lines after the last chunk"),
    ],
)
def test_what_is_not_http_is_refused_with_a_reason(data: bytes, status: int, reason: str):
    with pytest.raises(HttpError) as caught:
        read(data)

    assert caught.value.answer.status == status
    assert reason in str(caught.value)


def test_a_body_as_long_as_the_limit_is_read():
    (request,) = read(POST + b"Content-Length: %d\r\n\r\n" % BODY_LIMIT, b"a" * BODY_LIMIT)

    assert len(request.body) == BODY_LIMIT


@settings(deadline=None)
@given(
    parts=st.lists(st.binary(min_size=1, max_size=50), max_size=5),
    cuts=st.sets(st.integers(0, 400), max_size=8),
)
def test_a_body_reads_the_same_whole_in_chunks_and_however_it_is_cut(parts: list[bytes], cuts: set[int]):
    body = b"".join(parts)
    data = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body + CHUNKED + chunk(*parts)
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(edges)]

    assert [request.body for request in read(*pieces)] == [body, body]


@settings(deadline=None)
@given(head=st.sampled_from([b"", POST, CHUNKED, b"GET / HTTP/1.1\r\n"]), rest=st.binary(max_size=200))
def test_any_bytes_are_a_request_or_an_error_with_a_reason(head: bytes, rest: bytes):
    assert read_outcome(head + rest) <= {"request", 400, 413, 431, 505}


def read_outcome(data: bytes) -> set[object]:
    try:
        return {"request" for _ in read(data)}
    except HttpError as error:
        return {error.answer.status}
