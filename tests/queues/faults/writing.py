"""Writers that store records through the REST API while processes die, and note what was acknowledged."""

import http.client
import json
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cast import payment_row
from tests.queues.faults.accounting import Item, Version, WriterLog

ROWS_PER_CALL = 100
TOUCHED_PER_CALL = 40
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 15


class Writer(threading.Thread):
    """Stores the payments `first` to `last` of one client; each call also gives some a new version.

    `allowed` says how many of its items may exist by now, so that the work is spread over the whole test. A
    call that is not answered is made again with the same rows, until it is.
    """

    def __init__(
        self, port: int, bearer: str, *, first: int, last: int, log: WriterLog, allowed: Callable[[], float]
    ) -> None:
        super().__init__(daemon=True)
        self._port, self._bearer, self._log, self._allowed = port, bearer, log, allowed
        self._first, self._last = first, last
        self._next = first
        self._versions: dict[int, Version] = {}
        self._dice = random.Random(first)  # noqa: S311
        self._stopping = threading.Event()
        self._is_over = False
        self.failure: BaseException | None = None

    def finish(self) -> None:
        """Returns when everything has been stored."""
        self._is_over = True
        self.join(timeout=300)
        assert not self.is_alive(), "a writer did not come to its end"
        if self.failure:
            raise self.failure

    def abandon(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        try:
            while not self._stopping.is_set() and not (self._is_over and self._next > self._last):
                numbers = self._choose()
                if numbers:
                    self._store({number: self._versions.get(number, 0) + 1 for number in numbers})
                self._stopping.wait(PAUSE_SECONDS)
        except BaseException as failure:
            self.failure = failure

    def _choose(self) -> list[int]:
        share = 1.0 if self._is_over else self._allowed()
        upto = self._first + int(share * (self._last - self._first + 1))
        fresh = range(self._next, min(upto, self._next + ROWS_PER_CALL - TOUCHED_PER_CALL))
        if not fresh:
            return []
        self._next += len(fresh)
        known = sorted(self._versions)
        return [*self._dice.sample(known, min(TOUCHED_PER_CALL, len(known))), *fresh]

    def _store(self, versions: dict[int, Version]) -> None:
        self._versions |= versions
        rows = [make_row(number, version) for number, version in versions.items()]
        said: list[tuple[Item, Version]] = [(row["Id"], row["Lines"]) for row in rows]
        self._log.attempt(said)
        while not self._stopping.is_set():
            if self._call(rows):
                return self._log.acknowledge(said)
            self._log.note_failed_call()
            self._stopping.wait(PAUSE_SECONDS)
        return None

    def _call(self, rows: list[dict[str, Any]]) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        headers = {"Authorization": f"Bearer {self._bearer}", "Content-Type": "application/json"}
        try:
            connection.request(
                "POST", "/hub/v1/records/", json.dumps({"entity": "Payment", "rows": rows}), headers
            )
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        assert answer.status < 400 or answer.status >= 500, f"{answer.status}: {text[:500]!r}"
        return answer.status < 300


def make_row(number: int, version: Version) -> dict[str, Any]:
    """A payment whose number of lines tells its version."""
    return payment_row(number, updated_on=BEGINNING + timedelta(seconds=version), Lines=version)
