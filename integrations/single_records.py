"""One record at a time, for surfaces that address records singly. The rules are those of storing many."""

from collections.abc import Mapping
from datetime import datetime

from integrations import canonical, records
from integrations.canonical import InvalidRecord
from integrations.errors import Conflict, Refused
from integrations.models import Client, Entity, Record


def put(client: Client, entity: Entity, row: Mapping[str, object], *, now: datetime) -> Record:
    """Insert or update. Raises Refused, naming the property; Conflict for an older version than is held."""
    item_id = canonical.canonicalize(entity, row).item_id
    if records.store(client, entity, [row], now=now).stale:
        raise Conflict("The hub holds a newer version of this record.", field=entity.updated_on_property)
    return Record.objects.for_client(client).get(entity=entity, item_id=item_id)


def change(record: Record, values: Mapping[str, object], *, now: datetime) -> None:
    """Store the record with these values in place of its own. It stays the same item."""
    row = {**record.data, **values}
    try:
        if canonical.canonicalize(record.entity, row).item_id != record.item_id:
            key = record.entity.key_property
            raise Refused(f"{key} is what tells this record from others.", field=key)
    except InvalidRecord as error:
        raise Refused(error.message, field=error.field) from None
    put(record.client, record.entity, row, now=now)


def remove(record: Record) -> None:
    records.delete(record.client, record.entity, [record.item_id])
