"""What the shipped web server makes of bytes, signals and senders who take their time."""

import json
import os
import signal
import socket
import time
from contextlib import suppress

import pytest

from queues.supervising import programs
from tests.hub import Hub, wait_until
from tests.queues.faults.processes import children, in_session, is_alive
from tests.wire.echoing import LARGEST

pytestmark = pytest.mark.kill

HEAD = b"Host: hub.example\r\nConnection: close\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"
TOO_LARGE = b"0" * (LARGEST + 1)
WHOLE = b"5\r\n01234\r\n5;x=y\r\n56789\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Its port and its first process, in front of the echo."""
    yield from start(tmp_path_factory.mktemp("echo"))


@pytest.fixture
def own_server(tmp_path):
    yield from start(tmp_path)


def start(directory):
    hub = Hub(directory, None)
    try:
        process = hub.start_web("tests.wire.echoing:application")
        wait_until(lambda: answers(hub.port), seconds=60, what="The web server answering")
        wait_until(lambda: len(workers_heard(hub.port)) == 2, seconds=60, what="Both workers answering")
        yield hub.port, process
    finally:
        hub.stop()


def send(port, *parts, hang_up=False):
    """All that is answered to these bytes until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        for part in parts:
            line.sendall(part)
        if hang_up:
            line.shutdown(socket.SHUT_WR)
        return receive(line)


def receive(line):
    answer = b""
    with suppress(ConnectionResetError):
        while part := line.recv(65_536):
            answer += part
    return answer


def ask(port, line=b"GET / HTTP/1.1", headers=HEAD, body=b"", **how):
    """The status, and what the application was asked where it was."""
    head, _, content = send(port, line + b"\r\n" + headers + b"\r\n" + body, **how).rpartition(b"\r\n\r\n")
    told = json.loads(content) if content.startswith(b"{") else {}
    return int(head.rpartition(b"HTTP/1.")[2].split()[1]), told


def answers(port):
    return bool(workers_heard(port, times=1))


def workers_heard(port, *, times=20):
    """The processes that answer; a call that gets no answer counts for nothing."""
    heard = set()
    for _ in range(times):
        with suppress(OSError, IndexError):
            heard.add(ask(port)[1]["process"])
    return heard


def test_a_request_is_told_as_it_was_sent(server):
    port, _ = server
    line = b"LOOKUP /a%2Fb/caf%C3%A9/%00?q=%2F&r={|}[] HTTP/1.1"
    headers = HEAD + b"X-A: 1\r\nX-A: 2\r\nX-Empty:\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
    status, told = ask(port, line, headers, b"01234")
    assert status == 200
    assert (told["REQUEST_METHOD"], told["QUERY_STRING"]) == ("LOOKUP", "q=%2F&r={|}[]")
    assert told["PATH_INFO"].encode("latin-1").decode() == "/a/b/café/\0"
    assert (told["HTTP_HOST"], told["HTTP_X_A"], told["HTTP_X_EMPTY"]) == ("hub.example", "1,2", "")
    assert (told["REMOTE_ADDR"], told["SERVER_NAME"]) == ("127.0.0.1", "127.0.0.1")
    assert (told["SERVER_PORT"], told["CONTENT_TYPE"]) == (str(port), "text/plain")
    assert (told["body"], told["CONTENT_LENGTH"]) == ("01234", "5")


def test_who_calls_cannot_set_the_header_of_a_proxy(server):
    port, _ = server
    for pair in (
        b"X-Forwarded-For: 1.1.1.1\r\nX_Forwarded_For: 9.9.9.9\r\n",
        b"X_Forwarded_For: 9.9.9.9\r\nX-Forwarded-For: 1.1.1.1\r\n",
    ):
        assert ask(port, headers=HEAD + pair)[1]["HTTP_X_FORWARDED_FOR"] == "1.1.1.1"
    assert "HTTP_X_FORWARDED_FOR" not in ask(port, headers=HEAD + b"X_Forwarded_For: 9.9.9.9\r\n")[1]


@pytest.mark.parametrize(
    ("line", "headers", "body"),
    [
        (b"POST / HTTP/1.1", CHUNKED, WHOLE),
        (b"POST / HTTP/1.1", HEAD + b"Content-Length: 10\r\n", b"0123456789"),
        (b"POST / HTTP/1.1", HEAD + b"Content-Length: 10\r\nExpect: 100-continue\r\n", b"0123456789"),
        (b"POST http://other.example/ HTTP/1.1", HEAD + b"Content-Length: 10\r\n", b"0123456789"),
        (b"POST / HTTP/1.0", b"Content-Length: 10\r\n", b"0123456789"),
    ],
)
def test_a_body_arrives_whole(server, line, headers, body):
    status, told = ask(server[0], line, headers, body)
    assert (status, told["body"], told["PATH_INFO"]) == (200, "0123456789", "/")


@pytest.mark.parametrize(
    ("line", "headers", "body", "status"),
    [
        (b"hello", HEAD, b"", 400),
        (b"GE(T / HTTP/1.1", HEAD, b"", 400),
        (b"GET / HTTP/2.0", HEAD, b"", 400),
        (b"GET /\0 HTTP/1.1", HEAD, b"", 400),
        (b"GET / HTTP/1.1", HEAD + b"X-A: \0\r\n", b"", 400),
        (b"GET / HTTP/1.1", HEAD + b"X-A : 1\r\n", b"", 400),
        (b"GET / HTTP/1.1", HEAD + b"X-A: 1\r\n 2\r\n", b"", 400),
        (b"POST / HTTP/1.1", HEAD + b"Content-Length: +5\r\n", b"01234", 400),
        (b"POST / HTTP/1.1", HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n", b"01234", 400),
        (b"POST / HTTP/1.1", HEAD + b"Transfer-Encoding: gzip\r\n", b"01234", 400),
        (b"POST / HTTP/1.1", HEAD + b"Transfer-Encoding: xchunked\r\n", WHOLE, 400),
        (b"POST / HTTP/1.1", CHUNKED, b"zz\r\n01234\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1", HEAD + b"Content-Length: %d\r\n" % len(TOO_LARGE), TOO_LARGE, 413),
        (b"POST / HTTP/1.1", CHUNKED, b"%x\r\n%b\r\n0\r\n\r\n" % (len(TOO_LARGE), TOO_LARGE), 413),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1", HEAD, b"", 414),
        (b"GET / HTTP/1.1", HEAD + b"".join(b"X-%d: a\r\n" % number for number in range(150)), b"", 431),
        (b"GET /broken HTTP/1.1", HEAD, b"", 500),
    ],
)
def test_what_cannot_be_answered_is_refused(server, line, headers, body, status):
    assert ask(server[0], line, headers, body)[0] == status


@pytest.mark.parametrize(
    ("headers", "body"), [(CHUNKED, b"9\r\n01234"), (HEAD + b"Content-Length: 9\r\n", b"01234")]
)
def test_a_body_that_broke_off_is_none(server, headers, body):
    assert send(server[0], b"POST / HTTP/1.1\r\n" + headers + b"\r\n" + body, hang_up=True) == b""


def test_nothing_is_smuggled_behind_a_request_of_two_lengths(server):
    two = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    answer = send(server[0], two + b"GET /smuggled HTTP/1.1\r\n" + HEAD + b"\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"smuggled" not in answer


def test_a_connection_is_used_again(server):
    one = b"%s / HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = send(server[0], one % b"GET" + one % b"HEAD" + b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.count(b'"REQUEST_METHOD": "GET"') == 2
    assert answer.count(b"HEAD") == 0


def test_addresses_are_taken_as_long_and_as_careless_as_callers_write_them(server):
    query = b'$filter={"a":"<b>"}' + b"a" * 8000
    status, told = ask(server[0], b"GET /?" + query + b" HTTP/1.1")
    assert (status, told["QUERY_STRING"].encode()) == (200, query)


def test_who_sends_slowly_keeps_nobody_waiting(server):
    port, _ = server
    lines = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(60)]
    try:
        for number, line in enumerate(lines):
            line.sendall(
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n" + (b"\r\n0", b"X-A:")[number % 2]
            )
        assert [ask(port)[0] for _ in range(20)] == [200] * 20
        lines[0].sendall(b"12")
        assert b'"body": "012"' in lines[0].recv(65_536)
        for line in lines[2:]:
            line.close()
        assert ask(port)[0] == 200
    finally:
        for line in lines:
            line.close()


def test_a_request_in_progress_is_answered_before_the_end(own_server):
    port, process = own_server
    with socket.create_connection(("127.0.0.1", port), timeout=30) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert b"200 OK" in idle.recv(65_536)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall(b"GET /slow HTTP/1.1\r\n" + HEAD + b"\r\n")
            time.sleep(0.5)
            process.terminate()
            assert b"200 OK" in receive(line)
    assert process.wait(timeout=programs.WEB_GRACE_SECONDS) == 0
    assert not in_session(process.pid)


def test_a_worker_that_was_killed_is_replaced(own_server):
    port, process = own_server
    before = set(children(process.pid))
    os.kill(min(before), signal.SIGKILL)
    wait_until(lambda: len(workers_heard(port) - before) == 1, seconds=60, what="A new worker answering")
    assert len([pid for pid in children(process.pid) if is_alive(pid)]) == 2


def test_the_log_is_silent(tmp_path):
    for port, process in start(tmp_path):
        ask(port, b"GET /hooks/0123456789abcdef HTTP/1.1")
        ask(port, b"hello")
        process.terminate()
        assert process.wait(timeout=programs.WEB_GRACE_SECONDS) == 0
    assert [log.read_text() for log in tmp_path.glob("*.log")] == [""]
