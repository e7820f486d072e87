"""No spelling of an inner address gets through; a canary listens on every loopback address."""

import socket
from contextlib import closing

import pytest

from integrationhub.wire.transport import (
    AddressGuard,
    Failure,
    FailureKind,
    Request,
    Response,
    Transport,
    send,
)
from tests.wire.transport.receiver import Receiver, running, settle

DUAL_STACK = socket.has_dualstack_ipv6()
LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    *(["[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"] if DUAL_STACK else []),
]
ELSEWHERE = [
    "0",
    "0.0.0.0",  # noqa: S104
    "[::]",
    "[::127.0.0.1]",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[2001:0:53aa:64c:0:fbff:80ff:fffe]",
    "[fe80::1]",
    "[fec0::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "168.63.129.16",
    "192.88.99.1",
    "224.0.0.1",
    "255.255.255.255",
]
MALFORMED = [
    "127。0。0。1",
    "good@127.0.0.1",
    "127.0.0.1%00.example.com",
    "[fe80::1%25lo]",
    "example.com\\@127.0.0.1",
]


@pytest.fixture
def canary():
    with running(Receiver(dual_stack=DUAL_STACK)) as canary:
        yield canary


@pytest.mark.parametrize("host", LOOPBACK + ELSEWHERE)
def test_an_inner_address_is_refused_in_any_spelling(host, canary):
    outcome = send(Request("GET", canary.url("/echo?key=s3cret", host)), AddressGuard())

    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.REFUSED
    assert outcome.message.endswith(" is not allowed.")
    assert "s3cret" not in outcome.message
    assert canary.connections == 0


@pytest.mark.parametrize("host", LOOPBACK)
def test_with_the_allow_list_the_same_spelling_gets_through(host, canary, loopback):
    outcome = send(Request("GET", canary.url("/echo", host)), loopback)

    assert isinstance(outcome, Response)
    assert len(canary.calls) == 1


@pytest.mark.parametrize("host", MALFORMED)
def test_a_host_that_readers_could_take_for_another_is_invalid(host, canary):
    outcome = send(Request("GET", canary.url("/echo", host)), AddressGuard(["0.0.0.0/0", "::/0"]))

    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.INVALID
    assert canary.connections == 0


def test_an_open_port_and_a_closed_one_are_refused_in_the_same_words(canary):
    with running(Receiver()) as gone:
        closed = gone.url("/")

    refusals = {
        outcome.message
        for url in (canary.url("/"), closed)
        if isinstance(outcome := send(Request("GET", url), AddressGuard()), Failure)
    }

    assert refusals == {"The address of 127.0.0.1 is not allowed."}


def test_a_listed_host_name_opens_that_name_alone(canary):
    """Not even a pooled connection to the same address serves another name."""
    transport: Transport[str] = Transport(AddressGuard(["localhost"]))
    with closing(transport):
        transport.submit("name", Request("GET", canary.url("/echo", "localhost")))
        assert isinstance(settle(transport)["name"], Response)
        transport.submit("address", Request("GET", canary.url("/echo", "127.0.0.1")))
        refused = settle(transport)["address"]

    assert isinstance(refused, Failure)
    assert refused.kind is FailureKind.REFUSED


def test_where_one_address_of_a_name_is_refused_another_serves(receiver):
    """`localhost` is ::1 and 127.0.0.1: the refused one is passed over."""
    outcome = send(Request("GET", receiver.url("/echo", "localhost")), AddressGuard(["127.0.0.0/8"]))

    assert isinstance(outcome, Response)


def test_a_refusal_leaves_other_requests_alone(receiver):
    transport: Transport[str] = Transport(AddressGuard(["127.0.0.1"]))
    with closing(transport):
        transport.submit("inner", Request("GET", receiver.url("/echo", "127.0.0.2")))
        transport.submit("listed", Request("GET", receiver.url("/echo")))
        outcomes = settle(transport)

    assert isinstance(outcomes["inner"], Failure)
    assert outcomes["inner"].kind is FailureKind.REFUSED
    assert isinstance(outcomes["listed"], Response)
    assert [call.values("Host") for call in receiver.calls] == [[f"127.0.0.1:{receiver.port}"]]
