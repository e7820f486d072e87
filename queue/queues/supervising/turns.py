"""Hubs that are started together on one PostgreSQL prepare it one after the other.

On SQLite the lock of the data directory does it: the database is in there.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

_LOCK = 5_001_946_203_117  # any number, as long as it is everybody's
_LOOK_SECONDS = 0.5


@contextmanager
def preparing_alone(say: Callable[[str], None]) -> Iterator[None]:
    """Waits for its turn. Within, a statement may take long: an index of a large table does."""
    if connection.vendor != "postgresql":
        yield
        return
    _wait_for_turn(say)
    _execute("SET statement_timeout = 0", [])
    try:
        yield
    finally:
        # Whatever failed may have taken the connection with it, and the lock with that.
        if connection.is_usable():
            _execute("RESET statement_timeout", [])
            _execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _wait_for_turn(say: Callable[[str], None]) -> None:
    if _take_lock():
        return
    say("another hub is preparing the database; waiting for it")
    while not _take_lock():
        time.sleep(_LOOK_SECONDS)


def _take_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _execute(statement: str, parameters: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
