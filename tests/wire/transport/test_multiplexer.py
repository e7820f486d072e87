"""Many requests side by side, pooled connections, forks and leaving early."""

import os
import resource
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from integrationhub.wire.transport import (
    Failure,
    FailureKind,
    Request,
    Response,
    Transport,
    multiplexer,
    send,
)
from tests.wire.transport.receiver import Receiver, running, settle

KEYED = (("Idempotency-Key", "17-1"),)


def gather(receiver: Receiver, transport: Transport[str], number: int) -> None:
    """Warm the pool: `number` requests that only finish once all of them have arrived."""
    receiver.gathering = threading.Barrier(number)
    for index in range(number):
        transport.submit(f"warm {index}", Request("GET", receiver.url("/gather")))
    assert all(isinstance(outcome, Response) for outcome in settle(transport).values())
    receiver.calls.clear()


def test_two_hundred_requests_are_in_flight_at_once(receiver, transport):
    receiver.gathering = threading.Barrier(200)
    for index in range(200):
        transport.submit(str(index), Request("POST", receiver.url("/gather"), KEYED, b"item"))
    assert transport.in_flight == 200

    outcomes = settle(transport)

    assert Counter(outcome.status for outcome in outcomes.values() if isinstance(outcome, Response)) == {
        200: 200
    }
    assert sorted(outcomes, key=int) == [str(index) for index in range(200)]
    assert transport.in_flight == 0


def test_outcomes_are_handed_back_as_they_come(receiver, transport):
    transport.submit("slow", Request("GET", receiver.url("/silent")))
    transport.submit("fast", Request("GET", receiver.url("/echo")))

    ((key, outcome),) = transport.poll(30)

    assert key == "fast"
    assert isinstance(outcome, Response)
    assert transport.in_flight == 1


def test_polling_with_nothing_to_hand_back_returns_empty_handed(receiver, transport):
    assert transport.poll(30) == []
    transport.submit("slow", Request("GET", receiver.url("/silent")))
    assert transport.poll(0.1) == []


def test_a_connection_is_kept_for_the_next_request(receiver, transport):
    for index in range(3):
        transport.submit("it", Request("POST", receiver.url("/echo"), KEYED, str(index).encode()))
        outcome = settle(transport)["it"]
        assert isinstance(outcome, Response)
        assert outcome.body == str(index).encode()

    assert [call.connection for call in receiver.calls] == [1, 1, 1]


def test_nothing_of_one_request_shows_in_the_next_on_the_same_handle(receiver, transport):
    transport.submit("first", Request("POST", receiver.url("/echo"), (("X-Tenant", "a"), *KEYED), b"body"))
    settle(transport)
    transport.submit("second", Request("GET", receiver.url("/echo")))
    outcome = settle(transport)["second"]

    assert isinstance(outcome, Response)
    assert outcome.body == b""
    second = receiver.calls[1]
    assert (second.method, second.body) == ("GET", b"")
    assert {key for key, _ in second.headers} == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


def test_a_used_handle_sends_what_a_new_one_sends(receiver, transport, loopback):
    url = receiver.url("/echo")
    typed = (("Content-Type", "text/plain"), *KEYED)
    requests = [
        Request("POST", url, typed, b"first"),
        Request("POST", url, KEYED),
        Request("POST", url, (("X-Tenant", "a"), *KEYED), b"third"),
        Request("HEAD", url),
        Request("GET", url + "?page=2"),
        Request("GET", url, body=b"asked with a body"),
        Request("PATCH", url, KEYED, b"x" * 100_000),
        Request("DELETE", url),
        Request("POST", url, (), b"on a connection of its own"),
        Request("POST", url, KEYED, b"last"),
    ]
    for request in requests:
        transport.submit("it", request)
        used = settle(transport)["it"]
        new = send(request, loopback)

        assert isinstance(used, Response)
        assert isinstance(new, Response)
        assert (used.status, used.body) == (new.status, new.body)
        first, second = receiver.calls[-2:]
        assert (first.method, first.path, first.headers, first.body) == (
            second.method,
            second.path,
            second.headers,
            second.body,
        )


def test_a_handle_that_holds_much_is_not_kept(receiver, transport):
    for path, body in (("/status/200", b"x" * 100_000), ("/large/100000", b"")):
        transport.submit("it", Request("POST", receiver.url(path), KEYED, body, largest_answer=100_000))
        assert isinstance(settle(transport)["it"], Response)
        assert transport._own.idle == []

    transport.submit("it", Request("POST", receiver.url("/echo"), KEYED, b"small"))
    settle(transport)
    assert len(transport._own.idle) == 1


def test_an_idle_connection_the_peer_has_closed_is_replaced_without_a_word(receiver, transport):
    for _ in range(2):
        transport.submit("it", Request("POST", receiver.url("/close-when-idle"), KEYED, b"once"))
        assert isinstance(settle(transport)["it"], Response)
        receiver.wait_until_idle()

    assert [(call.connection, call.body) for call in receiver.calls] == [(1, b"once"), (2, b"once")]


def test_idle_connections_make_room_for_those_to_another_host(receiver, transport, monkeypatch):
    monkeypatch.setattr(multiplexer, "MOST_CONNECTIONS", 4)
    with running(Receiver()) as other:
        gather(receiver, transport, 4)
        gather(other, transport, 4)
        transport.submit("it", Request("GET", receiver.url("/echo")))
        settle(transport)
        transport.close()
    assert [call.connection for call in receiver.calls] == [5]


def test_a_request_lost_on_a_pooled_connection_is_sent_once_more_on_its_own(receiver, transport):
    gather(receiver, transport, 6)

    transport.submit("it", Request("POST", receiver.url("/cut-when-reused"), KEYED, b"body"))
    outcome = settle(transport)["it"]

    assert isinstance(outcome, Response)
    first, second = receiver.calls
    assert (first.headers, first.body) == (second.headers, second.body)
    assert second.connection == 7


@pytest.mark.parametrize(("method", "headers"), [("POST", KEYED), ("GET", ())])
def test_the_resend_is_not_repeated(method, headers, receiver, transport):
    gather(receiver, transport, 6)

    transport.submit("it", Request(method, receiver.url("/cut"), headers))
    outcome = settle(transport)["it"]

    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.CUT
    assert len(receiver.calls) == 2


@pytest.mark.parametrize("method", ["POST", "PATCH", "LOOKUP"])
def test_a_request_that_must_not_arrive_twice_never_uses_a_pooled_connection(method, receiver, transport):
    gather(receiver, transport, 2)

    transport.submit("kept", Request(method, receiver.url("/cut-when-reused"), body=b"body"))
    assert isinstance(settle(transport)["kept"], Response)
    transport.submit("cut", Request(method, receiver.url("/cut"), body=b"body"))
    outcome = settle(transport)["cut"]

    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.CUT
    assert [call.connection for call in receiver.calls] == [3, 4]


def test_abandoned_requests_are_named_and_forgotten(receiver, transport):
    transport.submit("slow", Request("GET", receiver.url("/silent")))
    transport.submit("bad", Request("GET", "ftp://erp"))
    transport.poll(0)
    transport.submit("worse", Request("GET", "ftp://erp"))

    assert sorted(transport.abandon()) == ["slow", "worse"]
    assert transport.in_flight == 0
    transport.submit("next", Request("GET", receiver.url("/echo")))
    assert list(settle(transport)) == ["next"]


@contextmanager
def crowded() -> Iterator[None]:
    """A process with so many files open that select(2) cannot watch a new one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    with ExitStack() as restored:
        restored.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1100):
            restored.enter_context(Path(os.devnull).open("rb"))
        yield


def test_an_answer_is_noticed_even_where_select_cannot_watch_for_it(receiver, transport):
    transport.poll(0)
    with crowded():
        transport.submit("it", Request("GET", receiver.url("/echo"), deadline=5))
        ((_, outcome),) = transport.poll(10)

    assert isinstance(outcome, Response)


def test_one_key_may_be_in_flight_twice(receiver, transport):
    transport.submit("same", Request("GET", receiver.url("/echo/1")))
    transport.submit("same", Request("GET", receiver.url("/echo/2")))
    settle(transport)

    assert sorted(call.path for call in receiver.calls) == ["/echo/1", "/echo/2"]


FORKING = """
import os, sys
from integrationhub.wire.transport import AddressGuard, Request, Transport

transport = Transport(AddressGuard(["127.0.0.0/8"]))
request = Request("GET", sys.argv[1])

def connection(outcomes=()):
    while not outcomes:
        outcomes = transport.poll(1)
    return int(outcomes[0][1].body)

def call():
    transport.submit("it", request)
    return connection()

print(call())
transport.submit("of the parent", request)
early = transport.poll(0)
child = os.fork()
if child == 0:
    forgotten = transport.in_flight == 0
    mine = call()
    transport.close()
    os._exit(mine if forgotten else 99)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(connection(early))
print(call())
"""


@pytest.mark.usefixtures("trusted")
def test_a_forked_child_neither_uses_nor_breaks_its_parents_connections(tls_receiver):
    run = subprocess.run(
        [sys.executable, "-c", FORKING, tls_receiver.url("/fork")],
        cwd=Path(multiplexer.__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.stderr == ""
    before, child, meanwhile, after = map(int, run.stdout.split())
    assert (before, meanwhile, after) == (1, 1, 1)
    assert child == 2
