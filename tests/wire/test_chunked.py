"""Chunked request bodies arrive whole."""

import io
import json

import pytest

from integrationhub.wire.chunked import accept_chunked


class BrokenStream:
    def read(self, size):
        raise OSError("invalid chunk size")


def ask(stream, limit=10, **environ):
    """The status that the server is given, and the body: the application echoes what it was sent."""
    started = []

    def echo(environ, start_response):
        start_response("200 OK", [])
        return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]

    application = accept_chunked(echo, limit)
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True, **environ}
    body = b"".join(application(environ, lambda status, headers: started.append((status, dict(headers)))))
    return started[0][0], body


@pytest.mark.parametrize("encoding", ["chunked", "Chunked", "gzip, chunked"])
def test_a_chunked_body_is_whole(encoding):
    assert ask(io.BytesIO(b"0123456789"), HTTP_TRANSFER_ENCODING=encoding) == ("200 OK", b"0123456789")


def test_a_body_with_a_length_is_left_alone():
    assert ask(io.BytesIO(b"0123456789"), CONTENT_LENGTH="4") == ("200 OK", b"0123")


def test_a_chunked_body_that_is_too_long_is_refused():
    status, body = ask(io.BytesIO(b"0123456789!"), HTTP_TRANSFER_ENCODING="chunked")
    assert status.startswith("413 ")
    assert json.loads(body)["detail"] == "A body has at most 10 bytes."


def test_a_server_that_leaves_chunks_as_they_are_is_asked_for_a_length():
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": False}
    assert ask(io.BytesIO(b"4\r\n0123\r\n0\r\n\r\n"), **environ)[0] == "411 Length Required"


def test_broken_chunks_are_the_sender_s_fault():
    assert ask(BrokenStream(), HTTP_TRANSFER_ENCODING="chunked")[0] == "400 Bad Request"
