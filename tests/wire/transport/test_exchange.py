"""What a resend is told, on a clock that the test holds."""

from types import SimpleNamespace

import pycurl
import pytest

from integrationhub.wire.transport import AddressGuard, Request, exchange


class RecordingHandle:
    def __init__(self) -> None:
        self.options: dict[int, object] = {}

    def setopt(self, option: int, value: object) -> None:
        self.options[option] = value


@pytest.fixture
def clock(monkeypatch):
    held = SimpleNamespace(now=100.0)
    held.monotonic = lambda: held.now
    monkeypatch.setattr(exchange, "time", held)
    return held


def test_a_resend_has_what_is_left_of_the_deadline_and_a_connection_of_its_own(clock):
    request = Request("GET", "http://erp.example.com/", deadline=30.0)
    under_way = exchange.Exchange(request, AddressGuard())
    first, second = RecordingHandle(), RecordingHandle()

    under_way.configure(first, None)
    clock.now += 12.5
    assert under_way.resend(pycurl.E_ABORTED_BY_CALLBACK)
    under_way.configure(second, None)

    assert (first.options[pycurl.TIMEOUT_MS], first.options[pycurl.FRESH_CONNECT]) == (30000, False)
    assert (second.options[pycurl.TIMEOUT_MS], second.options[pycurl.FRESH_CONNECT]) == (17500, True)
    assert not under_way.resend(pycurl.E_ABORTED_BY_CALLBACK)


def test_a_resend_after_the_deadline_still_has_a_deadline(clock):
    under_way = exchange.Exchange(Request("GET", "http://erp.example.com/", deadline=1.0), AddressGuard())
    handle = RecordingHandle()

    clock.now += 5
    under_way.configure(handle, None)

    assert handle.options[pycurl.TIMEOUT_MS] == 1  # 0 would mean for ever
