"""What libcurl is told, on a clock that the test holds."""

from types import SimpleNamespace
from typing import Any

import pycurl
import pytest

from integrationhub.wire.transport import AddressGuard, Failure, FailureKind, Outcome, Request, line


class RecordingHandle:
    def __init__(self) -> None:
        self.options: dict[int, Any] = {}
        self.resets = 0

    def reset(self) -> None:
        self.options.clear()
        self.resets += 1

    def setopt(self, option: int, value: Any) -> None:
        self.options[option] = value

    def getinfo(self, _info: int) -> int:
        return 0


@pytest.fixture
def clock(monkeypatch):
    held = SimpleNamespace(now=100.0)
    held.monotonic = lambda: held.now
    monkeypatch.setattr(line, "time", held)
    return held


def test_a_resend_has_what_is_left_of_the_deadline_and_a_connection_of_its_own(clock):
    request = Request("GET", "http://erp.example.com/", deadline=30.0)
    handle = RecordingHandle()
    under_way = line.Line(handle, AddressGuard(), None)

    under_way.take(request)
    assert (handle.options[pycurl.TIMEOUT_MS], handle.options[pycurl.FRESH_CONNECT]) == (30000, False)
    assert handle.options[pycurl.CONNECTTIMEOUT_MS] == 5000

    clock.now += 12.5
    assert under_way.resend(pycurl.E_ABORTED_BY_CALLBACK)
    assert (handle.options[pycurl.TIMEOUT_MS], handle.options[pycurl.FRESH_CONNECT]) == (17500, True)
    assert not under_way.resend(pycurl.E_ABORTED_BY_CALLBACK)

    under_way.take(request)
    assert (handle.options[pycurl.TIMEOUT_MS], handle.options[pycurl.FRESH_CONNECT]) == (30000, False)
    assert handle.resets == 1


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        (pycurl.E_COULDNT_RESOLVE_HOST, FailureKind.UNRESOLVED, FailureKind.CUT),
        (pycurl.E_COULDNT_CONNECT, FailureKind.UNREACHABLE, FailureKind.CUT),
        (pycurl.E_SSL_CONNECT_ERROR, FailureKind.TLS, FailureKind.CUT),
        (pycurl.E_RECV_ERROR, FailureKind.UNREACHABLE, FailureKind.CUT),
        (pycurl.E_OPERATION_TIMEDOUT, FailureKind.UNREACHABLE, FailureKind.TIMEOUT),
    ],
)
def test_once_something_was_sent_no_failure_claims_that_nothing_was(code, before, after):
    handle = RecordingHandle()
    under_way = line.Line(handle, AddressGuard(), None)
    under_way.take(Request("GET", "http://erp.example.com/"))

    assert kind_of(under_way.outcome(code, detail="")) is before
    handle.options[pycurl.PREREQFUNCTION]()
    assert kind_of(under_way.outcome(code, detail="")) is after


def kind_of(outcome: Outcome) -> FailureKind:
    assert isinstance(outcome, Failure)
    return outcome.kind


def test_a_resend_after_the_deadline_still_has_a_deadline(clock):
    handle = RecordingHandle()
    under_way = line.Line(handle, AddressGuard(), None)
    under_way.take(Request("GET", "http://erp.example.com/", deadline=1.0))

    clock.now += 5
    assert under_way.resend(pycurl.E_ABORTED_BY_CALLBACK)

    assert handle.options[pycurl.TIMEOUT_MS] == 1  # 0 would mean for ever


def test_libcurl_itself_would_speak_nothing_but_http():
    with pycurl.Curl() as curl:
        line.Line(curl, AddressGuard(), None).take(Request("GET", "file:///dev/null"))
        with pytest.raises(pycurl.error) as caught:
            curl.perform()

    assert caught.value.args[0] == pycurl.E_UNSUPPORTED_PROTOCOL
