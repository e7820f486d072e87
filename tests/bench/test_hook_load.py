import pytest

from bench.hook_load import IN_FLIGHT, Caller
from bench.place import free_port
from tests.wire.transport.receiver import Receiver, running


@pytest.fixture
def receiver():
    with running(Receiver()) as server:
        yield server


def test_every_call_is_made_and_counted(receiver):
    load = Caller(receiver.url("/status/200")).call(range(5, 25))
    assert sorted(load.accepted) == list(range(5, 25))
    assert (len(load.waits), load.lost, len(receiver.calls)) == (20, 0, 20)
    assert load.rate == pytest.approx(20 / load.seconds)


def test_what_is_not_accepted_is_lost(receiver):
    load = Caller(receiver.url("/status/503"), rate=1000.0).call(range(5))
    assert (load.accepted, load.lost) == ([], 5)


def test_connections_are_kept_and_what_a_dead_one_was_asked_is_lost(receiver):
    Caller(receiver.url("/status/200")).call(range(40))
    assert receiver.connections <= IN_FLIGHT
    gone = Caller(f"http://127.0.0.1:{free_port()}/", rate=1000.0).call(range(3))
    assert (gone.accepted, gone.lost) == ([], 3)
