"""Work with the database that goes on beside our own: while the server is busy, we are not idle."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

from queues import planning

Result = TypeVar("Result")


class DatabaseThread:
    """One thread with a connection of its own, which does what it is given one after the other.

    The connection is opened with the first work, for point reads, and closed at the end.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._is_used = False

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        self._is_used = True
        return self._thread.submit(_connected, work)

    def close(self) -> None:
        """Waits for what is under way."""
        if self._is_used:
            self._thread.submit(_hang_up).result()
        self._thread.shutdown()


def _connected(work: Callable[[], Result]) -> Result:
    if connection.connection is None:  # the thread's own: looked up only here, and below
        planning.expect_few()
    return work()


def _hang_up() -> None:
    connection.close()


def is_possible() -> bool:
    """SQLite has one writer at a time, and another connection does not see what a transaction has written."""
    return connection.vendor == "postgresql" and not connection.in_atomic_block


def done_here(work: Callable[[], Result]) -> Future[Result]:
    """The same in our own thread: done before it returns. Raises what the work raises."""
    future: Future[Result] = Future()
    future.set_result(work())
    return future
