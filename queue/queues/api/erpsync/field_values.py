"""The values that records hold, as the agent's actors."""

from collections.abc import Mapping
from typing import Any

from integrationhub.wire.netserver.arguments import Argument, integer, list_of, string
from integrationhub.wire.netserver.carriers import Carried, Carrier, Property
from integrations import actor_links
from integrations.models import ClientIntegration, Direction, Record
from queues.api.erpsync import rights
from queues.api.erpsync.operations import Call, operation
from queues.api.erpsync.rows import connection_of, find_record, is_of

VALUE = Carrier(
    "ErpSyncFieldValue",
    {
        "DisplayName": Property(told=True),
        "CrmFieldKey": Property(),
        "Value": Property(writable=True),
        "DisplayValue": Property(),
        "SyncToCrm": Property("System.Boolean"),
        "SyncToErp": Property("System.Boolean"),
    },
)


@operation(
    "GetFieldValuesFromCrm",
    "Get the values of a record",
    returns=f"{VALUE.name}[]",
    takes={"RecordId": Argument(integer), "ActorTypeCrm": Argument(string, "")},
)
def values_from_crm(call: Call) -> list[Carried]:
    record = find_record(call, "RecordId")
    return _carry(record, call) if record and is_of(record, call["ActorTypeCrm"]) else []


@operation(
    "GetFieldValuesFromErp",
    "Get the values of the record that is linked to an actor, or has its key",
    returns=f"{VALUE.name}[]",
    takes={
        "ErpConnectionId": Argument(integer),
        "ActorTypeErp": Argument(string, ""),
        "ErpKey": Argument(string),
    },
)
def values_from_erp(call: Call) -> list[Carried]:
    connection = connection_of(call)
    actor_type, key = call["ActorTypeErp"], call["ErpKey"]
    rows = Record.objects.visible_to(call.principal).for_client(connection.client)
    linked = actor_links.find_linked(connection, actor_type, key)
    entity = actor_links.entity_of(actor_type) if linked is None else None
    if linked is not None:
        rows = rows.filter(entity=linked[0], item_id=linked[1])
    else:
        rows = rows.filter(item_id=key, **({"entity": entity} if entity else {}))
    record = rows.select_related("client", "entity").first()
    return _carry(record, call) if record else []


@operation(
    "GetErpFieldValues",
    "Get some values of a record, in the order they are asked for",
    returns="string[]",
    takes={
        "ErpConnectionId": Argument(integer),
        "CrmActorType": Argument(string, ""),
        "EntityId": Argument(integer),
        "FieldKeys": Argument(list_of(string), ()),
    },
)
def field_values(call: Call) -> list[str | None]:
    connection_of(call)
    record = find_record(call, "EntityId")
    data = record.data if record and is_of(record, call["CrmActorType"]) else {}
    return [_text(data.get(key)) for key in call["FieldKeys"]]


def _carry(record: Record, call: Call) -> list[Carried]:
    used = ClientIntegration.objects.visible_to(call.principal).filter(
        client=record.client_id, integration__entity=record.entity_id
    )
    directions = set(used.values_list("integration__direction_id", flat=True))
    flows = {
        "SyncToCrm": Direction.Id.INBOUND in directions,
        "SyncToErp": Direction.Id.OUTBOUND in directions,
    }
    allowed = rights.of_own(call.principal, record.client_id)
    names = record.entity.properties.values_list("name", flat=True)
    return [Carried(VALUE, {**_value(name, record.data), **flows}, allowed) for name in names]


def _value(name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    text = _text(data.get(name))
    return {"DisplayName": name, "CrmFieldKey": name, "Value": text, "DisplayValue": text}


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)
