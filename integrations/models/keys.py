from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Collate


class KeyField(models.CharField):  # type: ignore[type-arg]
    """The key of something in a system of its own: compared by its bytes, on every database.

    A key is in no language. The order of one would take an index longer to keep, and break it when the
    operating system comes to sort that language differently.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        return {**super().db_parameters(connection), "collation": _by_bytes(connection)}


def as_key(expression: Any) -> Any:
    """Text of any column, to be compared with keys: PostgreSQL refuses to choose between two collations."""
    collation = _by_bytes(connection)
    return Collate(expression, collation) if collation else expression


def _by_bytes(connection: BaseDatabaseWrapper) -> str | None:
    """SQLite needs not be told."""
    return "C" if connection.vendor == "postgresql" else None
