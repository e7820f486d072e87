"""What the engine's set-based statements need beyond the ORM, on both databases."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from queues.models import IntegrationQueue

TABLE = IntegrationQueue._meta.db_table


def rows_cte(columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> tuple[str, str]:
    """A common table expression `v(columns)` of many rows, and its one parameter.

    `columns` maps names to PostgreSQL types. The rows travel as one JSON text: one parameter and one plan,
    however many there are.
    """
    adapt = connection.ops.adapt_datetimefield_value
    text = json.dumps(rows, default=lambda value: str(adapt(value)))
    if connection.vendor == "postgresql":
        picked = ", ".join(f"(e.value ->> {n})::{kind}" for n, kind in enumerate(columns.values()))
        source = "jsonb_array_elements(%s::jsonb) AS e(value)"
    else:
        picked = ", ".join(f"json_extract(e.value, '$[{n}]')" for n in range(len(columns)))
        source = "json_each(%s) AS e"
    return f"v({', '.join(columns)}) AS MATERIALIZED (SELECT {picked} FROM {source})", text  # noqa: S608


def adapted(value: datetime) -> Any:
    """A moment as the driver takes it: SQLite has no type for moments."""
    return connection.ops.adapt_datetimefield_value(value)


def moment(value: object) -> datetime:
    """A moment as the driver gives it, in UTC."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)


def run(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Runs one statement with a RETURNING clause; what it returned, as the driver gives it."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def skip_locked(strength: str = "UPDATE") -> str:
    """The row lock of a claim. SQLite has none: there the whole transaction excludes other writers."""
    return f"FOR {strength} SKIP LOCKED" if connection.vendor == "postgresql" else ""
