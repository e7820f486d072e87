from collections.abc import Collection, Mapping, Sequence
from typing import Any

from integrationhub.wire.expressions.types import Scalar
from integrationhub.wire.odata.edm import Primitive
from integrationhub.wire.odata.plans import DYNAMIC
from integrationhub.wire.odata.registry import (
    Caller,
    DynamicProperties,
    EntitySet,
    EntityType,
    Property,
    Values,
)
from integrations import single_records
from integrations.api.odata.columns import CLIENT, INT32, MOMENT, ROW_VERSION, STRING, shown, to_one
from integrations.api.odata.verbs import client_of, spoken
from integrations.api.odata.visibility import seen
from integrations.models import Entity, Record

# Neither `Id` nor `UpdatedOn`: that is what entities call properties of their own.
PROPERTIES = (
    Property("RecordId", INT32, "id", nullable=False),
    Property("EntityId", STRING, "entity_id", nullable=False, min_length=1, max_length=450, updatable=False),
    shown("ItemId", STRING, "item_id", nullable=False, max_length=450),
    shown("ItemName", STRING, "item_name", nullable=False, max_length=450),
    shown("ItemUpdatedOn", MOMENT, "item_updated_on", nullable=False),
    shown("StoredOn", MOMENT, "stored_on", nullable=False),
    CLIENT,
)
_TYPES: Mapping[str, Primitive] = {
    Scalar.STRING: Primitive.STRING,
    Scalar.BOOLEAN: Primitive.BOOLEAN,
    Scalar.INT: Primitive.INT64,
    Scalar.DECIMAL: Primitive.DECIMAL,
    Scalar.DOUBLE: Primitive.DOUBLE,
    Scalar.DATETIME: Primitive.DATE_TIME_OFFSET,
    Scalar.DATE: Primitive.DATE,
    Scalar.GUID: Primitive.GUID,
}
_TAKEN = frozenset(each.name.lower() for each in PROPERTIES)


def _declared(principal: Any, entity_ids: Collection[str]) -> Mapping[str, Sequence[Property]]:
    """The entities' own properties; one whose name a record has already stays unseen on this surface."""
    entities = Entity.objects.visible_to(principal).prefetch_related("properties")
    return {
        entity.pk: [
            Property(each.name, _TYPES[each.type], nullable=each.nullable)
            for each in entity.properties.all()
            if each.name.lower() not in _TAKEN
        ]
        for entity in entities.filter(pk__in=entity_ids)
    }


KIND = EntityType(
    "Record",
    ("RecordId",),
    PROPERTIES,
    (to_one("Entity", "Entities", "entity_id", partner="Records"),),
    dynamic=DynamicProperties("data", "EntityId", _declared),
    concurrency=ROW_VERSION,
)


def records() -> Sequence[EntitySet]:
    """Rows of the clients' entities, each with the properties that its entity declares."""
    return [
        EntitySet(
            "Records",
            KIND,
            seen(Record),
            create=_create,
            update=_update,
            delete=_delete,
            searched=("ItemId", "ItemName"),
        )
    ]


def _create(caller: Caller, values: Values) -> Record:
    client = client_of(caller)
    entity = Entity.objects.visible_to(caller.principal).get(pk=values["EntityId"])
    with spoken(KIND):
        return single_records.put(client, entity, values[DYNAMIC], now=caller.now)


def _update(caller: Caller, row: Record, values: Values) -> None:
    with spoken(KIND):
        single_records.change(row, values[DYNAMIC], now=caller.now)


def _delete(caller: Caller, row: Record) -> None:
    single_records.remove(row)
