"""The two statements behind every hook, composed once in a process: that takes longer than to run them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import OperationalError, connection

from channels.models import IntegrationPoint, MessageLog
from integrations.encryption import encrypt
from queues.sql import adapted, run

_UNREAD = ("token_local", "token_remote", "token_remote2", "title", "comment", "created_on", "updated_on")
_MOMENTS = ("on", "due_at")


def find_point(indexes: Sequence[str]) -> IntegrationPoint | None:
    """The channel that is kept under one of these, if its client is active."""
    # The look-up itself shows whether a kept connection still lives: to ask before would cost as much again.
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return _find(indexes)
    except OperationalError:
        if connection.in_atomic_block:
            raise
        connection.close()
        return _find(indexes)


def _find(indexes: Sequence[str]) -> IntegrationPoint | None:
    sql, parameters = _look_up(len(indexes))
    given = [indexes[int(each)] if isinstance(each, str) else each for each in parameters]
    return next(iter(IntegrationPoint.objects.raw(sql, given)), None)


def insert(message: MessageLog) -> None:
    """Raises IntegrityError for an external id that the channel has had already."""
    statement, columns = _insertion()
    values = [_value(message, column) for column in columns]
    ((message.pk,),) = run(statement, values)


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
    names = ", ".join(map(connection.ops.quote_name, columns))
    places = ", ".join("%s" for _ in columns)
    table = connection.ops.quote_name(MessageLog._meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", columns  # noqa: S608


def _value(message: MessageLog, column: str) -> Any:
    value = getattr(message, column)
    if column == "sealed":
        return encrypt(value)
    if column in _MOMENTS:
        return None if value is None else adapted(value)
    return value if value is None or isinstance(value, int) else str(value)
