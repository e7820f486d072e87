"""Which rows of a source match a filter: counted and shown within a time, nothing is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple

from django.db import DataError, transaction
from django.db.models import QuerySet

from integrations import canonical, filters, sources

CHUNK = 10_000
UNREADABLE_SHOWN = 5


class Found(NamedTuple):
    item_id: str
    item_name: str
    item_updated_on: datetime


@dataclass(slots=True)
class Matches:
    """`complete` is False where time ran out: `count` is how many had been found until then."""

    count: int = 0
    first: list[Found] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    complete: bool = True

    def add(self, count: int, first: Iterable[Found], *, show: int) -> None:
        self.count += count
        self.first = [*self.first, *first][:show]


def find(
    rows: QuerySet[Any], compiled: filters.Compiled, *, now: datetime, seconds: float, show: int = 0
) -> Matches:
    """The rows that match now, in the order of their keys; the first `show` of them by name."""
    ends = monotonic() + seconds
    found = Matches()
    for chunk in _chunks(rows):
        if monotonic() >= ends:
            found.complete = False
            break
        _match_in_database(chunk, compiled, found, now=now, show=show)
    return found


def _chunks(rows: QuerySet[Any]) -> Iterator[QuerySet[Any]]:
    """The rows in ranges of their keys, so that no statement takes long."""
    rest = rows
    while bound := list(rest.order_by("pk").values_list("pk", flat=True)[CHUNK - 1 : CHUNK]):
        yield rest.filter(pk__lte=bound[0])
        rest = rows.filter(pk__gt=bound[0])
    yield rest


def _match_in_database(
    rows: QuerySet[Any], compiled: filters.Compiled, found: Matches, *, now: datetime, show: int
) -> None:
    split = compiled.split(now)
    narrowed = rows if split.condition is None else rows.filter(split.condition)
    if split.residual is not None:
        _match_in_python(narrowed, compiled, found, now=now, show=show)
        return
    named = narrowed.order_by("pk").values_list(*Found._fields)
    try:
        with transaction.atomic():
            count, first = narrowed.count(), list(named[: show - len(found.first)])
    except DataError:
        # A row that is not of its entity's types breaks the statement; read by itself, it breaks only itself.
        _match_in_python(rows, compiled, found, now=now, show=show)
        return
    found.add(count, map(Found._make, first), show=show)


def _match_in_python(
    rows: QuerySet[Any], compiled: filters.Compiled, found: Matches, *, now: datetime, show: int
) -> None:
    entity_id = compiled.schema.entity
    for values in rows.order_by("pk").values_list(*Found._fields, *sources.columns(entity_id)):
        row = Found._make(values[: len(Found._fields)])
        try:
            data = sources.data(entity_id, values[len(Found._fields) :])
            if compiled.matches(canonical.typed(compiled.schema, data), now):
                found.add(1, [row], show=show)
        except (ValueError, TypeError, ArithmeticError):
            found.unreadable = [*found.unreadable, row.item_id][:UNREADABLE_SHOWN]
