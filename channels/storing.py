"""The two statements behind every hook, composed once in a process: that takes longer than to run them."""

import select
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from channels.models import IntegrationPoint, MessageLog
from integrations import prepared
from integrations.encryption import encrypt
from integrations.models import Client
from queues.sql import adapted

_UNREAD = ("token_local", "token_remote", "token_remote2", "title", "comment", "created_on", "updated_on")


def find_point(indexes: Sequence[str]) -> IntegrationPoint | None:
    """The channel that is kept under one of these, if its client is active."""
    _ready_connection()
    sql, parameters = _look_up(len(indexes))
    given = [indexes[int(each)] if isinstance(each, str) else each for each in parameters]
    return next(iter(IntegrationPoint.objects.raw(sql, given)), None)


def insert(point: IntegrationPoint, values: Mapping[str, Any]) -> int | None:
    """Keeps a message for the channel as it is in the database: `values` by the columns of MessageLog.

    None, and nothing is kept, when the channel has been changed since `point` was read, or is gone, or its
    client is not active; or when it has had a message of this external id.
    """
    _ready_connection()
    statement, columns = _insertion()
    given = [values.get(column) for column in columns]
    rows = prepared.fetch(statement, [*map(_adapted, columns, given), point.pk, point.row_version])
    return rows[0][0] if rows else None


def _ready_connection() -> None:
    """Sees to it that the connection lives, in place of Django's own check: that is a round trip, and costs
    as much as what it is for. The server then plans each statement of `prepared` once for the connection."""
    held = connections[DEFAULT_DB_ALIAS]
    if held.vendor != "postgresql":
        return
    if held.connection is not None and not held.in_atomic_block and _is_dead(held.connection):
        held.close()
    held.ensure_connection()
    held.health_check_done = True  # type: ignore[attr-defined]
    held.connection.prepare_threshold = 0


def _is_dead(kept: Any) -> bool:
    """An idle server has nothing to say: if there is something to be read, it has hung up or is about to."""
    if kept.closed:
        return True
    poll = select.poll()
    poll.register(kept.fileno(), select.POLLIN)
    return bool(poll.poll(0))


@cache
def _look_up(count: int) -> tuple[str, tuple[Any, ...]]:
    """The statement, and its parameters with the number of an index in the place of each."""
    numbers = [str(number) for number in range(count)]
    points = IntegrationPoint.objects.filter(token_index__in=numbers, client__active=True)
    sql, parameters = points.order_by().defer(*_UNREAD).query.sql_with_params()
    return sql, tuple(parameters)


@cache
def _insertion() -> tuple[str, list[str]]:
    columns = [field.attname for field in MessageLog._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    messages, points, clients = (
        quote(model._meta.db_table) for model in (MessageLog, IntegrationPoint, Client)
    )
    statement = f"""
        INSERT INTO {messages} ({", ".join(map(quote, columns))})
        SELECT {", ".join("%s" for _ in columns)}
        FROM {points} AS p JOIN {clients} AS c ON c.id = p.client_id
        WHERE p.id = %s AND p.row_version = %s AND c.active
        ON CONFLICT DO NOTHING RETURNING id
    """  # noqa: S608
    return statement, columns


def _adapted(column: str, value: Any) -> Any:
    if column == "sealed":
        return encrypt(value) if value else ""
    if isinstance(value, str):
        return str(value)  # of a choice, its value alone
    return adapted(value) if isinstance(value, datetime) else value
