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
        return {**super().db_parameters(connection), "collation": _collation(connection)}


def by_bytes(expression: Any) -> Any:
    """Text of any column, compared as keys are: PostgreSQL refuses to choose between two collations."""
    collation = _collation(connection)
    return Collate(expression, collation) if collation else expression


def _collation(connection: BaseDatabaseWrapper) -> str | None:
    """SQLite need not be told."""
    return "C" if connection.vendor == "postgresql" else None
