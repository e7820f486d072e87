"""Where the rows of an entity are read from."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property  # takes no lock

from integrationhub.wire.expressions.columns import Column, Vendor, json_columns
from integrationhub.wire.expressions.schema import Schema
from integrationhub.wire.values import value
from integrations import canonical, entity_models, prepared
from integrations.entity_models import EntityModel
from integrations.models import Record

_KEYS = {"key": "bigint", "client_id": "bigint", "entity_id": "text", "item_id": "text"}
_READ_FOR = f"""
    WITH v({", ".join(_KEYS)}) AS MATERIALIZED (SELECT {{picked}} FROM {{source}})
    SELECT v.key, r.item_id, r.item_name, r.item_updated_on, CAST(r.data AS text), r.origin_id
    FROM v JOIN {Record._meta.db_table} r
      ON r.client_id = v.client_id AND r.entity_id = v.entity_id AND r.item_id = v.item_id
"""  # noqa: S608  (only names of our own are put in)


@value
class SourceRow:
    """One row as handlers and filters see it."""

    item_id: str
    item_name: str
    updated_on: datetime
    schema: Schema
    data: Mapping[str, Any]
    origin_id: int | None = None
    """The system that it came in from."""

    @cached_property
    def values(self) -> Mapping[str, object]:
        """Typed Python values by name. Raises ValueError when the data is not of the schema's types."""
        return canonical.typed(self.schema, self.data)


def rows(client_id: int, entity_id: str) -> QuerySet[Any]:
    """All rows a client has of an entity: each has `item_id`, `item_name` and `item_updated_on`."""
    if published := entity_models.find(entity_id):
        return published.rows(client_id)
    return Record.objects.filter(client_id=client_id, entity_id=entity_id)


def sendable(client_id: int, entity_id: str, system_id: int) -> QuerySet[Any]:
    """The rows but those that came in from the system: it has them."""
    found = rows(client_id, entity_id)
    return found if entity_models.find(entity_id) else found.exclude(origin=system_id)


def knows_arrival(entity_id: str) -> bool:
    """Whether its rows have `stored_on`, the hub's own time of arrival, which watermarks run over."""
    return entity_models.find(entity_id) is None


def columns(entity_id: str) -> Sequence[str]:
    """What `values_list` has to fetch for `data`."""
    published = entity_models.find(entity_id)
    return published.columns if published else ("data",)


def data(entity_id: str, values: Sequence[Any]) -> Mapping[str, Any]:
    """Canonical data, from the values of `columns`. Raises ValueError for what is none of the entity's."""
    published = entity_models.find(entity_id)
    return published.data(values) if published else values[0]


def sql(schema: Schema, vendor: Vendor) -> Mapping[str, Column]:
    """The properties that the database can compare, by name."""
    published = entity_models.find(schema.entity)
    return published.sql(vendor) if published else json_columns("data", schema, vendor)


@dataclass(frozen=True)
class Wanted:
    """Rows of one client, by id."""

    client_id: int
    schema: Schema
    item_ids: Sequence[str]


def read_for(wanted: Mapping[int, Wanted]) -> dict[tuple[int, str], SourceRow]:
    """The rows of many at once, by the key in `wanted` and the item id; those that are gone are missing."""
    found: dict[tuple[int, str], SourceRow] = {}
    keys = []
    for key, each in wanted.items():
        if entity_models.find(each.schema.entity):
            read_each = read(each.client_id, each.schema, each.item_ids)
            found.update({(key, item_id): row for item_id, row in read_each.items()})
        else:
            keys += [(key, each.client_id, each.schema.entity, item_id) for item_id in each.item_ids]
    return found | _read_records(keys, wanted)


def _read_records(
    keys: Sequence[tuple[int, int, str, str]], wanted: Mapping[int, Wanted]
) -> dict[tuple[int, str], SourceRow]:
    if not keys:
        return {}
    if connection.vendor == "postgresql":
        source, parameters = prepared.unnested(_KEYS, keys)
        statement = _READ_FOR.format(picked="*", source=source)
    else:
        picked = ", ".join(f"value ->> {number}" for number in range(len(_KEYS)))
        statement, parameters = _READ_FOR.format(picked=picked, source="json_each(%s)"), [json.dumps(keys)]
    return {
        (key, item_id): SourceRow(
            item_id, name, _moment(updated_on), wanted[key].schema, orjson.loads(data), origin_id
        )
        for key, item_id, name, updated_on, data, origin_id in prepared.fetch(statement, parameters)
    }


def _moment(value: Any) -> datetime:
    """As the driver gives it: SQLite has no type for moments."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)


def read(client_id: int, schema: Schema, item_ids: Iterable[str]) -> dict[str, SourceRow]:
    """The rows of the schema's entity with these ids, by id; those that are gone are missing."""
    if published := entity_models.find(schema.entity):
        return _read_published(published, client_id, schema, item_ids)
    found = rows(client_id, schema.entity).filter(item_id__in=list(item_ids))
    columns = ("item_id", "item_name", "item_updated_on", "data", "origin_id")
    return {
        item_id: SourceRow(item_id, item_name, updated_on, schema, data, origin_id)
        for item_id, item_name, updated_on, data, origin_id in found.values_list(*columns)
    }


def _read_published(
    published: EntityModel, client_id: int, schema: Schema, item_ids: Iterable[str]
) -> dict[str, SourceRow]:
    found = published.read(client_id, item_ids).values_list(*entity_models.ROW, *published.columns)
    return {row[0]: SourceRow(row[0], row[1], row[2], schema, Deferred(published, row[3:])) for row in found}


class Deferred(Mapping[str, Any]):
    """Data of a row that may turn out to be none of its entity's: who reads it gets the ValueError."""

    def __init__(self, published: EntityModel, values: Sequence[object]) -> None:
        self._published, self._values = published, values

    @cached_property
    def _data(self) -> dict[str, Any]:
        return self._published.data(self._values)

    def __getitem__(self, name: str) -> Any:
        return self._data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)
