"""Where the rows of an entity are read from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from integrationhub.wire.expressions.schema import Schema
from integrations import canonical
from integrations.models import Record


@dataclass(frozen=True)
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


def rows(client_id: int, entity_id: str) -> QuerySet[Record]:
    """All rows a client has of an entity."""
    return Record.objects.filter(client_id=client_id, entity_id=entity_id)


def sendable(client_id: int, entity_id: str, system_id: int) -> QuerySet[Record]:
    """The rows but those that came in from the system: it has them."""
    return rows(client_id, entity_id).exclude(origin=system_id)


def read(client_id: int, schema: Schema, item_ids: Iterable[str]) -> dict[str, SourceRow]:
    """The rows of the schema's entity with these ids, by id; those that are gone are missing."""
    found = rows(client_id, schema.entity).filter(item_id__in=list(item_ids))
    columns = ("item_id", "item_name", "item_updated_on", "data", "origin_id")
    return {
        item_id: SourceRow(item_id, item_name, updated_on, schema, data, origin_id)
        for item_id, item_name, updated_on, data, origin_id in found.values_list(*columns)
    }
