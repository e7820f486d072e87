"""What goes over the wire, what comes back, and how each failure is told."""

import errno
import os
import socket
import string
from collections.abc import Iterator
from types import SimpleNamespace

import pycurl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrationhub.wire.transport import (
    AddressGuard,
    Failure,
    FailureKind,
    Outcome,
    Request,
    Response,
    Transport,
    line,
    send,
)
from integrationhub.wire.transport.messages import MAX_BODY
from tests.wire.transport.receiver import Receiver, running, settle


def answered(outcome: Outcome) -> Response:
    assert isinstance(outcome, Response), outcome
    return outcome


def failed(outcome: Outcome) -> Failure:
    assert isinstance(outcome, Failure), outcome
    return outcome


def test_a_request_arrives_as_it_was_given(receiver, loopback):
    body = bytes(range(256))
    headers = (("Content-Type", "application/json"), ("Idempotency-Key", "17-1"), ("X-Empty", ""))

    answer = answered(send(Request("POST", receiver.url("/echo?a=b"), headers, body), loopback))

    (call,) = receiver.calls
    assert (call.method, call.path, call.body) == ("POST", "/echo?a=b", body)
    assert call.values("Content-Type") == ["application/json"]
    assert call.values("Idempotency-Key") == ["17-1"]
    assert call.values("X-Empty") == [""]
    assert call.values("User-Agent") == ["integrationhub"]
    assert call.values("Expect") == []
    assert (answer.status, answer.body, answer.truncated) == (200, body, False)
    assert answer.headers["content-length"] == "256"
    assert answer.elapsed > 0


def test_no_content_type_is_made_up(receiver, loopback):
    send(Request("POST", receiver.url("/echo"), body=b"{}"), loopback)

    assert receiver.calls[0].values("Content-Type") == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "POST", "PUT", "PATCH", "LOOKUP"])
def test_any_method_works_without_a_body(method, receiver, loopback):
    assert answered(send(Request(method, receiver.url("/status/200"), deadline=5), loopback)).status == 200
    assert [(call.method, call.body) for call in receiver.calls] == [(method, b"")]


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "POST", "PUT", "PATCH", "LOOKUP"])
def test_any_method_but_head_may_carry_a_body(method, receiver, loopback):
    answer = answered(send(Request(method, receiver.url("/echo"), body=b"\x00body\x00"), loopback))

    assert answer.body == b"\x00body\x00"
    assert [(call.method, call.body) for call in receiver.calls] == [(method, b"\x00body\x00")]


def test_a_large_body_is_sent_whole(receiver, loopback):
    body = b"0123456789" * 300_000

    send(Request("POST", receiver.url("/status/204"), body=body), loopback)

    assert receiver.calls[0].body == body
    assert receiver.calls[0].values("Expect") == []


@pytest.mark.parametrize("status", [200, 204, 404, 422, 429, 500, 503])
def test_every_status_is_an_answer(status, receiver, loopback):
    assert answered(send(Request("GET", receiver.url(f"/status/{status}")), loopback)).status == status


def test_headers_of_the_final_answer_are_joined_under_lower_case_names(receiver, loopback):
    answer = answered(send(Request("GET", receiver.url("/headers")), loopback))

    assert answer.headers["x-twice"] == "one, two"
    assert answer.headers["x-latin"] == "café"
    assert answer.headers["x-empty"] == ""
    assert "x-early" not in answer.headers
    assert "x-trailer" not in answer.headers


def test_a_redirect_is_an_answer_and_is_not_followed(receiver, loopback):
    with running(Receiver()) as elsewhere:
        target = elsewhere.url("/echo")
        answer = answered(send(Request("GET", receiver.url("/redirect?" + target)), loopback))

        assert (answer.status, answer.headers["location"]) == (302, target)
        assert elsewhere.calls == []


def test_proxies_named_in_the_environment_are_ignored(receiver, loopback, monkeypatch):
    with running(Receiver()) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert asks_proxy(receiver.url("/echo"), proxy)

        answered(send(Request("GET", receiver.url("/echo")), loopback))

        assert len(receiver.calls) == 1
        assert len(proxy.calls) == 1


def asks_proxy(url: str, proxy: Receiver) -> bool:
    """Whether libcurl left to itself would obey the environment: else the test above proves nothing."""
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.WRITEFUNCTION, lambda _chunk: None)
    with pytest.raises(pycurl.error):  # the receiver is no proxy and hangs up
        curl.perform()
    curl.close()
    return len(proxy.calls) == 1


def test_the_deadline_covers_the_whole_answer_however_steadily_it_drips(receiver, loopback):
    failure = failed(send(Request("GET", receiver.url("/drip?key=s3cret"), deadline=0.3), loopback))

    assert failure.kind is FailureKind.TIMEOUT
    assert failure.message == "No whole answer from 127.0.0.1 within 0.3 s."


def test_a_silent_receiver_runs_into_the_deadline(receiver, loopback):
    failure = failed(send(Request("POST", receiver.url("/silent"), body=b"x", deadline=0.2), loopback))

    assert failure.kind is FailureKind.TIMEOUT


@pytest.mark.parametrize("path", ["/cut", "/cut-in-body", "/garbage", "/not-gzip", "/endless-headers"])
def test_an_answer_that_breaks_off_or_cannot_be_read_is_a_cut(path, receiver, loopback):
    failure = failed(send(Request("POST", receiver.url(path + "?key=s3cret"), body=b"x"), loopback))

    assert failure.kind is FailureKind.CUT
    assert failure.message == "127.0.0.1 broke off, or sent what is no readable HTTP answer."
    assert len(receiver.calls) == 1


def test_a_closed_port_is_unreachable(loopback):
    with running(Receiver()) as gone:
        url = gone.url("/?key=s3cret")

    failure = failed(send(Request("GET", url), loopback))

    assert failure.kind is FailureKind.UNREACHABLE
    assert failure.message == "No connection to 127.0.0.1: Connection refused."


def test_running_out_of_sockets_is_a_failure_like_any_other(receiver, loopback, monkeypatch, capfd):
    def no_more(*_arguments: int) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(line, "socket", SimpleNamespace(socket=no_more))

    failure = failed(send(Request("GET", receiver.url("/echo")), loopback))

    assert failure.kind is FailureKind.UNREACHABLE
    assert failure.message.startswith("No connection to 127.0.0.1: ")
    assert capfd.readouterr() == ("", "")  # where pycurl prints what a callback raises


def test_a_name_without_an_address_is_unresolved(loopback):
    failure = failed(
        send(Request("GET", "http://hub.onion/?key=s3cret"), loopback)
    )  # never looked up: RFC 7686

    assert failure.kind is FailureKind.UNRESOLVED
    assert failure.message == "The host name hub.onion does not resolve."


def test_compressed_answers_are_unpacked(receiver, loopback):
    answer = answered(send(Request("GET", receiver.url("/gzip")), loopback))

    assert (answer.body, answer.truncated) == (b"plain text", False)
    assert receiver.calls[0].values("Accept-Encoding") == ["gzip, deflate"]


def test_a_body_of_just_the_cap_is_whole(receiver, loopback):
    answer = answered(send(Request("GET", receiver.url(f"/large/{MAX_BODY}")), loopback))

    assert (len(answer.body), answer.truncated) == (MAX_BODY, False)


@pytest.mark.parametrize(
    ("path", "status", "byte"),
    [(f"/large/{MAX_BODY + 1}", 200, b"x"), ("/endless", 500, b"x"), ("/gzip-bomb", 200, b"\x00")],
)
def test_a_body_beyond_the_cap_is_cut_and_its_status_kept(path, status, byte, receiver, loopback):
    answer = answered(send(Request("GET", receiver.url(path), deadline=5), loopback))

    assert answer.status == status
    assert answer.truncated
    assert answer.body == byte * MAX_BODY


def test_a_request_may_ask_for_a_larger_answer(receiver, loopback):
    larger = MAX_BODY + 10
    for size, truncated in ((larger, False), (larger + 1, True)):
        request = Request("GET", receiver.url(f"/large/{size}"), largest_answer=larger)
        answer = answered(send(request, loopback))
        assert (len(answer.body), answer.truncated) == (larger, truncated)


def test_a_malformed_request_fails_without_being_sent(receiver, transport):
    transport.submit("bad", Request("GET", receiver.url("/echo"), (("X", "a\r\nY: b"),)))
    transport.submit("good", Request("GET", receiver.url("/echo")))

    assert transport.in_flight == 2
    outcomes = settle(transport)
    assert failed(outcomes["bad"]).kind is FailureKind.INVALID
    assert failed(outcomes["bad"]).message == "The value of the header X must be printable ASCII on one line."
    assert answered(outcomes["good"]).status == 200
    assert len(receiver.calls) == 1


ANY = st.text(alphabet=st.sampled_from("aZ0-_:; \t\r\n\x00\x1f\x7fé" + string.punctuation), max_size=8)


def test_no_header_can_add_another_header_or_request(receiver, transport):
    @settings(deadline=None)
    @given(name=ANY, value=ANY)
    def arrives_alone(name: str, value: str) -> None:
        receiver.calls.clear()
        transport.submit("it", Request("GET", receiver.url("/echo"), ((f"X-{name}", value),)))
        outcome = settle(transport)["it"]

        if isinstance(outcome, Failure):
            assert outcome.kind is FailureKind.INVALID
            assert receiver.calls == []
        else:
            (call,) = receiver.calls
            assert [arrived.strip() for arrived in call.values(f"X-{name}")] == [value.strip()]
            assert {key for key, _ in call.headers} == {
                "Host",
                "User-Agent",
                "Accept",
                "Accept-Encoding",
                f"X-{name}",
            }

    arrives_alone()


def test_a_guard_of_ones_own_is_no_bar_to_the_next(receiver, loopback):
    """A pooled connection must not outlive the permission it was dialled with."""
    request = Request("GET", receiver.url("/echo"))

    assert answered(send(request, loopback)).status == 200
    assert failed(send(request, AddressGuard())).kind is FailureKind.REFUSED
    assert len(receiver.calls) == 1


def test_a_closed_transport_opens_again(receiver, loopback):
    transport: Transport[str] = Transport(loopback)
    for _ in range(2):
        transport.submit("it", Request("GET", receiver.url("/echo")))
        assert answered(settle(transport)["it"]).status == 200
        transport.close()

    assert [call.connection for call in receiver.calls] == [1, 2]


@pytest.fixture
def mute() -> Iterator[int]:
    """The port of a receiver that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_peer_that_never_finishes_connecting_is_unreachable_at_the_deadline(mute, loopback):
    failure = failed(send(Request("POST", f"https://127.0.0.1:{mute}/", deadline=0.2), loopback))

    assert failure.kind is FailureKind.UNREACHABLE
    assert failure.message == "No connection to 127.0.0.1: timed out."


def test_connecting_has_a_shorter_limit_of_its_own(mute, loopback, monkeypatch):
    monkeypatch.setattr(line, "CONNECT_SECONDS", 0.2)

    failure = failed(send(Request("POST", f"https://127.0.0.1:{mute}/", deadline=3600), loopback))

    assert failure.kind is FailureKind.UNREACHABLE
