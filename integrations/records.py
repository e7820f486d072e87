"""Storing and deleting records: many at a time, the newest version always wins."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from typing import NamedTuple, TypeVar

import orjson
from django.db import connection, transaction

from integrations import entity_models, texts
from integrations.canonical import Canonical, InvalidRecord, Shape
from integrations.errors import Fault, Refused
from integrations.models import Client, Entity, Record, System

T = TypeVar("T")

CHUNK = 1_000
MOST_REPORTED = 100

# One JSON text carries a chunk: a statement with a placeholder for every value takes longer to read than run.
_ROWS_IN_JSON = {
    "postgresql": (
        "SELECT item_id, item_name, data, digest, item_updated_on FROM jsonb_to_recordset(%s::jsonb)"
        " AS given (item_id text, item_name text, data jsonb, digest text, item_updated_on timestamptz)"
    ),
    "sqlite": (
        "SELECT value ->> 'item_id' AS item_id, value ->> 'item_name' AS item_name, value -> 'data' AS data,"
        " value ->> 'digest' AS digest, value ->> 'item_updated_on' AS item_updated_on FROM json_each(%s)"
    ),
}
# Decided by the database, so that of two stores at once the newer version wins whoever comes last.
_UPSERT = """
INSERT INTO {table} AS held (client_id, entity_id, item_id, item_name, data, digest, item_updated_on,
    origin_id, stored_on, created_on, updated_on, row_version)
SELECT %s, %s, item_id, item_name, data, digest, item_updated_on, %s, %s, %s, %s, 1
FROM ({rows}) AS given WHERE TRUE
ON CONFLICT (client_id, entity_id, item_id) DO UPDATE SET
    item_name = excluded.item_name, data = excluded.data, digest = excluded.digest,
    item_updated_on = excluded.item_updated_on, origin_id = excluded.origin_id,
    stored_on = excluded.stored_on, updated_on = excluded.updated_on, row_version = held.row_version + 1
WHERE excluded.item_updated_on > held.item_updated_on
    OR (excluded.item_updated_on = held.item_updated_on AND excluded.digest <> held.digest)
RETURNING item_id, row_version
"""
# Of rows that are all held: the first from a key on is that of the key. Asked for equality, a planner without
# statistics would read all that a client holds, by another index or none.
_COUNT_STALE = """
SELECT count(*) FROM ({rows}) AS given WHERE given.item_updated_on < (
    SELECT CASE WHEN held.item_id = given.item_id THEN held.item_updated_on END FROM {table} AS held
    WHERE (held.client_id, held.entity_id, held.item_id) >= (%s, %s, given.item_id)
    ORDER BY held.client_id, held.entity_id, held.item_id LIMIT 1)
"""


class InvalidRecords(Refused):
    """Rows their entity does not allow. `errors` lists (index, field, message), the first hundred of them."""

    def __init__(self, errors: Sequence[tuple[int, str | None, str]]) -> None:
        index, field, message = errors[0]
        super().__init__(f"Record {index}: {message}", field=_path(index, field))
        self.errors = tuple(errors)

    @property
    def faults(self) -> Sequence[Fault]:
        return [Fault(_path(index, field), message) for index, field, message in self.errors]


class Stored(NamedTuple):
    """What became of the rows of one call. `stale`: an older version than the one held, and ignored."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0


def store(
    client: Client, entity: Entity, rows: Iterable[object], *, now: datetime, origin: System | None = None
) -> Stored:
    """Insert or update records, a thousand to a transaction.

    All rows are checked before the first is stored; raises InvalidRecords, and nothing is stored then. A row
    with the version and the content that is held already moves nothing. Of several rows with one item id the
    newest counts, the others are stale. `origin` is the system the rows come in from, if they come from one.
    """
    _check_entity(entity)
    begun = monotonic()
    given = _canonicalize(entity, rows)
    newest = _newest(given)
    total = Stored(stale=len(given) - len(newest))
    # One order for all: two stores that share rows then never wait for each other in a circle.
    for chunk in _chunks(sorted(newest, key=lambda row: row.item_id), CHUNK):
        # Scans run over this time with a minute's overlap: a long call must not date its rows to its start.
        stored_on = now + timedelta(seconds=int(monotonic() - begun))
        total = _add(total, _store_chunk(client, entity, chunk, stored_on=stored_on, origin=origin))
    return total


def delete(client: Client, entity: Entity, item_ids: Iterable[str]) -> int:
    """Delete records by their item ids; answers how many there were."""
    held = Record.objects.for_client(client).filter(entity=entity)
    possible = {item_id for item_id in item_ids if texts.refusal(item_id) is None}
    return sum(held.filter(item_id__in=chunk).delete()[0] for chunk in _chunks(sorted(possible), CHUNK))


def _check_entity(entity: Entity) -> None:
    if entity_models.find(entity.pk):
        raise Refused(f"The rows of {entity} are kept elsewhere; they cannot be stored here.", field="entity")


def _path(index: int, field: str | None) -> str:
    return f"[{index}].{field}" if field else f"[{index}]"


def _canonicalize(entity: Entity, rows: Iterable[object]) -> list[Canonical]:
    shape = Shape.of(entity)
    given: list[Canonical] = []
    errors: list[tuple[int, str | None, str]] = []
    for index, row in enumerate(rows):
        try:
            given.append(shape.canonicalize(row))
        except InvalidRecord as error:
            errors.append((index, error.field, error.message))
            if len(errors) == MOST_REPORTED:
                break
    if errors:
        raise InvalidRecords(errors)
    return given


def _newest(rows: Sequence[Canonical]) -> list[Canonical]:
    """One row for each item; the later of two with the same version."""
    newest: dict[str, Canonical] = {}
    for row in rows:
        held = newest.get(row.item_id)
        if held is None or row.updated_on >= held.updated_on:
            newest[row.item_id] = row
    return list(newest.values())


def _chunks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _store_chunk(
    client: Client, entity: Entity, rows: list[Canonical], *, stored_on: datetime, origin: System | None
) -> Stored:
    with transaction.atomic():
        moved = _upsert(client, entity, rows, stored_on=stored_on, origin=origin)
        created = sum(row_version == 1 for row_version in moved.values())
        rest = [row for row in rows if row.item_id not in moved]
        stale = _count_stale(client, entity, rest)
    return Stored(created, len(moved) - created, len(rest) - stale, stale)


def _upsert(
    client: Client, entity: Entity, rows: list[Canonical], *, stored_on: datetime, origin: System | None
) -> dict[str, int]:
    """The row_version of every row that was written, by item id."""
    at = connection.ops.adapt_datetimefield_value(stored_on)
    came_from = None if origin is None else origin.pk
    with connection.cursor() as cursor:
        cursor.execute(_filled(_UPSERT), [client.pk, entity.pk, came_from, at, at, at, _in_json(rows)])
        return dict(cursor.fetchall())


def _filled(statement: str) -> str:
    table = connection.ops.quote_name(Record._meta.db_table)
    return statement.format(table=table, rows=_ROWS_IN_JSON[connection.vendor])


def _in_json(rows: list[Canonical]) -> str:
    given = [
        {**_version(row), "item_name": row.item_name, "data": row.data, "digest": row.digest} for row in rows
    ]
    return orjson.dumps(given).decode()


def _version(row: Canonical) -> dict[str, str]:
    at = connection.ops.adapt_datetimefield_value(row.updated_on)
    return {"item_id": row.item_id, "item_updated_on": str(at)}


def _count_stale(client: Client, entity: Entity, rows: list[Canonical]) -> int:
    """How many of these rows are older than what is held. The upsert has locked what it compared with."""
    if not rows:
        return 0
    with connection.cursor() as cursor:
        versions = orjson.dumps([_version(row) for row in rows]).decode()
        cursor.execute(_filled(_COUNT_STALE), [versions, client.pk, entity.pk])
        return int(cursor.fetchone()[0])


def _add(one: Stored, other: Stored) -> Stored:
    return Stored(*(a + b for a, b in zip(one, other, strict=True)))
