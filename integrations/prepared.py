"""Statements that are run again and again with many rows each, at the least cost to the database."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

_NUMBERS = frozenset({"bigint", "integer", "smallint"})
Parameters = Sequence[Any] | Mapping[str, Any]
_cursors: WeakKeyDictionary[BaseDatabaseWrapper, Any] = WeakKeyDictionary()  # a thread has its own


def fetch(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """What the statement returns. PostgreSQL binds the parameters itself, so that it can keep the plan.

    A parameter has the type of its place: where it could have several, the statement has to cast it.
    """
    database = connections[DEFAULT_DB_ALIAS]  # `connection` would look for it at each of its attributes
    if database.vendor == "postgresql":
        return _fetch_bound(database, statement, parameters)
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _fetch_bound(
    database: BaseDatabaseWrapper, statement: str, parameters: Parameters
) -> list[tuple[Any, ...]]:
    database.close_if_health_check_failed()
    database.ensure_connection()
    wrapped = database.make_debug_cursor if database.queries_logged else database.make_cursor
    cursor = wrapped(_cursor_of(database))
    cursor.execute(statement, parameters)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _cursor_of(database: BaseDatabaseWrapper) -> Any:
    """One for all statements of a connection: each new one would have to learn the types anew."""
    cursor = _cursors.get(database)
    if cursor is None or cursor.connection is not database.connection:
        cursor = _cursors[database] = _open_cursor(database.connection)
    return cursor


def _open_cursor(driver: Any) -> Any:
    """The driver's: those of Django put the parameters into the statement."""
    from psycopg import Cursor, pq  # where SQLite serves, there need be none

    cursor = Cursor(driver)
    cursor.format = pq.Format.BINARY  # moments are read many times as fast
    return cursor


def unnested(columns: Mapping[str, str], rows: Sequence[Sequence[object]]) -> tuple[str, list[str]]:
    """For PostgreSQL: a FROM item of many rows, `columns` being their types by name, and its parameters.

    A text for each column takes the server half the time of one JSON text, and is one plan for any number.
    """
    source = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    texts = [_array(kind, column) for kind, column in zip(columns.values(), values, strict=True)]
    return f"unnest({source})", texts


def _array(kind: str, values: Collection[object]) -> str:
    """In PostgreSQL's own notation."""
    if kind in _NUMBERS:
        return "{" + str(list(values))[1:-1].replace("None", "NULL") + "}"
    elements = {value: _element(value) for value in set(values)}  # many are alike, and moments take long
    return "{" + ",".join([elements[value] for value in values]) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'
