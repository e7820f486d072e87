"""What the engine's set-based statements need beyond the ORM, on both databases."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from integrations import prepared
from queues.models import IntegrationQueue

TABLE = IntegrationQueue._meta.db_table
# Of a row that was found by its key: the bare column would have PostgreSQL go through all that is in flight.
IS_PROCESSING = "q.state || '' = 'Processing'"
# As the index in order has it.
IS_WAITING = "state IN ('Pending', 'Retrying')"


def rows_cte(columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> tuple[str, list[str]]:
    """A common table expression `v(columns)` of many rows, and its parameters.

    `columns` maps names to PostgreSQL types. It is one plan, however many rows there are.
    """
    if connection.vendor == "postgresql":
        source, texts = prepared.unnested(columns, rows)
        picked = "*"
    else:
        adapt = connection.ops.adapt_datetimefield_value
        texts = [json.dumps(rows, default=lambda value: str(adapt(value)))]
        picked = ", ".join(f"json_extract(e.value, '$[{n}]')" for n in range(len(columns)))
        source = "json_each(%s) AS e"
    return f"v({', '.join(columns)}) AS MATERIALIZED (SELECT {picked} FROM {source})", texts  # noqa: S608


def adapted(value: datetime) -> Any:
    """A moment as the driver takes it: SQLite has no type for moments."""
    return connection.ops.adapt_datetimefield_value(value)


def moment(value: object) -> datetime:
    """A moment as the driver gives it, in UTC."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def run(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Runs one statement with a RETURNING clause; what it returned, as the driver gives it.

    What drains run in every round goes through `prepared.fetch` instead.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def skip_locked(strength: str = "UPDATE") -> str:
    """The row lock of a claim. SQLite has none: there the whole transaction excludes other writers."""
    return f"FOR {strength} SKIP LOCKED" if connection.vendor == "postgresql" else ""
