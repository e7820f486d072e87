import pytest

from integrationhub.wire.transport import Failure, FailureKind, Request, Response, send


@pytest.mark.usefixtures("trusted")
def test_a_certificate_the_machine_trusts_is_accepted(tls_receiver, loopback):
    outcome = send(Request("POST", tls_receiver.url("/echo"), body=b"sealed"), loopback)

    assert isinstance(outcome, Response)
    assert outcome.body == b"sealed"


def test_a_certificate_nobody_vouches_for_is_not(tls_receiver, loopback):
    outcome = send(Request("GET", tls_receiver.url("/echo?key=s3cret")), loopback)

    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.TLS
    assert "self-signed certificate" in outcome.message
    assert "s3cret" not in outcome.message
    assert tls_receiver.calls == []


@pytest.mark.usefixtures("trusted")
def test_a_trusted_certificate_for_another_name_is_not(tls_receiver, loopback):
    outcome = send(Request("GET", tls_receiver.url("/echo", "localhost")), loopback)

    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.TLS
    assert tls_receiver.calls == []


def test_a_receiver_that_speaks_no_tls_gets_nothing(receiver, loopback):
    url = receiver.url("/echo").replace("http:", "https:")
    outcome = send(Request("GET", url, deadline=3), loopback)

    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.TLS
    assert receiver.calls == []
