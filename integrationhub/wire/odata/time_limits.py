"""How long the database may work for one statement.

PostgreSQL stops a statement by itself, after what its `statement_timeout` says. SQLite has nothing of the
kind, but asks now and then whether it is to go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

_STEPS = 50_000  # of SQLite's machine, well under a millisecond


@contextmanager
def limited(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    """A statement that still runs after this time fails with an OperationalError."""
    if connection.vendor != "sqlite":
        yield
        return

    def watch(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]
    ) -> Any:
        end = time.monotonic() + seconds
        context["connection"].connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(watch):
            yield
    finally:
        raw: Any = connection.connection
        if raw is not None:
            raw.set_progress_handler(None, 0)
