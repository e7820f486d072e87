import pytest

from integrationhub.wire.transport import Request, permission, send


class InTransactionError(Exception):
    pass


@pytest.fixture
def request_to_send(receiver):
    return Request("GET", receiver.url("/echo"))


@pytest.fixture
def forbid(monkeypatch):
    def refuse() -> None:
        raise InTransactionError

    return lambda: monkeypatch.setattr(permission, "before_dial", refuse)


def test_where_sending_is_forbidden_nothing_can_be_submitted(request_to_send, receiver, transport, forbid):
    forbid()

    with pytest.raises(InTransactionError):
        transport.submit("it", request_to_send)
    assert transport.in_flight == 0


def test_where_sending_is_forbidden_nothing_can_be_waited_for(request_to_send, receiver, transport, forbid):
    transport.submit("it", request_to_send)
    forbid()

    with pytest.raises(InTransactionError):
        transport.poll(1)
    assert receiver.connections == 0


def test_where_sending_is_forbidden_a_single_call_is_too(request_to_send, receiver, loopback, forbid):
    forbid()

    with pytest.raises(InTransactionError):
        send(request_to_send, loopback)
    assert receiver.connections == 0
