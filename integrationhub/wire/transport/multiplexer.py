"""Many requests at once through one libcurl multi handle."""

import os
import ssl
import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pycurl

from integrationhub.wire.transport.addresses import AddressGuard
from integrationhub.wire.transport.line import Line
from integrationhub.wire.transport.messages import Failure, FailureKind, Outcome, Request
from integrationhub.wire.transport.permission import ask_permission
from integrationhub.wire.transport.wellformed import check_request

Key = TypeVar("Key", bound=Hashable)

# select(2) sees neither libcurl's timers nor descriptors above 1023: it would wait too long, and where it can
# see nothing at all it does not wait.
_LONGEST_WAIT = 0.05
_SHORTEST_WAIT = 0.001
# select(2) again; and many a system gives a process 1024 descriptors. Idle connections make room for others.
MOST_CONNECTIONS = 900
# Each look at the transfers costs for all of them: answers that come close together are taken together.
_TOGETHER = 0.002


def _open_multi() -> Any:
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, MOST_CONNECTIONS)
    return multi


@dataclass(slots=True)
class _Handles(Generic[Key]):
    """What belongs to one process: a fork must neither use nor close what its parent talks through."""

    pid: int = field(default_factory=os.getpid)
    multi: Any = field(default_factory=_open_multi)
    idle: list[Line] = field(default_factory=list)
    busy: dict[Any, tuple[Key, Line]] = field(default_factory=dict)
    finished: list[tuple[Key, Outcome]] = field(default_factory=list)


# Closing an inherited TLS connection would send its good-bye in the parent's name; so these stay for good.
_inherited: list[Any] = []


class Transport(Generic[Key]):
    """Sends requests side by side, reusing connections per host. For one thread at a time.

    The guard judges every address as it is dialled; a pooled connection was judged when it was dialled, which
    is why a transport keeps one guard for life. In a forked child it starts afresh with nothing in flight.
    """

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._ca_file = ssl.get_default_verify_paths().cafile
        self._handles: _Handles[Key] | None = None

    @property
    def in_flight(self) -> int:
        """Requests submitted and not yet handed back by `poll`."""
        return len(self._own.busy) + len(self._own.finished)

    def submit(self, key: Key, request: Request) -> None:
        """Take `request` on; `poll` sends it and hands its outcome back under `key`."""
        ask_permission()
        try:
            check_request(request)
        except ValueError as error:
            self._own.finished.append((key, Failure(FailureKind.INVALID, str(error), 0.0)))
        else:
            self._start(key, request)

    def poll(self, timeout: float) -> list[tuple[Key, Outcome]]:
        """Move every transfer on. Returns as soon as some have finished, or after `timeout` seconds."""
        ask_permission()
        own, until = self._own, time.monotonic() + timeout
        self._move()
        while own.busy and not own.finished and (left := until - time.monotonic()) > 0:
            if own.multi.select(min(left, _LONGEST_WAIT)) == 0:
                time.sleep(_SHORTEST_WAIT)
            self._move()
        if own.busy and own.finished and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _TOGETHER))
            self._move()
        finished, own.finished = own.finished, []
        return finished

    def abandon(self) -> list[Key]:
        """Drop all that is in flight, at once and unfinished; returns the keys nothing will be heard of."""
        own = self._own
        keys = [key for key, _ in own.finished] + [key for key, _ in own.busy.values()]
        for curl in own.busy:
            own.multi.remove_handle(curl)
            curl.close()
        own.busy.clear()
        own.finished.clear()
        return keys

    def close(self) -> None:
        """Abandon what is in flight and close all connections. A later `submit` opens new ones.

        Waits for name look-ups that are still under way.
        """
        self.abandon()
        for line in self._own.idle:
            line.curl.close()
        self._own.multi.close()
        self._handles = None

    @property
    def _own(self) -> _Handles[Key]:
        if self._handles is None or self._handles.pid != os.getpid():
            if self._handles is not None:
                _inherited.append(self._handles)
            self._handles = _Handles()
        return self._handles

    def _start(self, key: Key, request: Request) -> None:
        own = self._own
        line = own.idle.pop() if own.idle else Line(pycurl.Curl(), self._guard, self._ca_file)
        line.take(request)
        own.multi.add_handle(line.curl)
        own.busy[line.curl] = (key, line)

    def _move(self) -> None:
        own = self._own
        own.multi.perform()
        _, succeeded, failed = own.multi.info_read()
        for curl in succeeded:
            self._finish(own, curl, pycurl.E_OK, detail="")
        for curl, code, detail in failed:
            self._finish(own, curl, code, detail=detail)

    def _finish(self, own: _Handles[Key], curl: Any, code: int, *, detail: str) -> None:
        key, line = own.busy[curl]
        own.multi.remove_handle(curl)
        if line.resend(code):
            own.multi.add_handle(curl)
            return
        del own.busy[curl]
        own.finished.append((key, line.outcome(code, detail=detail)))
        if line.is_light:
            own.idle.append(line)
        else:
            curl.close()
