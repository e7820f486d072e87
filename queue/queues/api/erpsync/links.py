"""Links between the hub's records and the actors of a system."""

from integrationhub.wire.netserver.arguments import Argument, integer, list_of, object_of, string
from integrations import actor_links
from integrations.errors import Conflict
from queues.api.erpsync.operations import Call, operation
from queues.api.erpsync.rows import connection_of, record_of

_RECORD = {
    "ErpConnectionId": Argument(integer),
    "CrmRecordId": Argument(integer),
    "CrmActorType": Argument(string, ""),
}
_LINK = {**_RECORD, "ErpKey": Argument(string), "ErpActorType": Argument(string, "")}
_VALUES = list_of(object_of({"CrmFieldKey": Argument(string), "Value": Argument(string, None)}))
_CONNECTED = {**_LINK, "FieldValues": Argument(_VALUES, ())}


@operation("CreateActorLink", "Link a record and an actor", returns="bool", takes=_LINK)
def create_link(call: Call) -> bool:
    return _succeeds(call, {})


@operation("BreakActorLink", "Break the link of a record", returns="bool", takes=_RECORD)
def break_link(call: Call) -> bool:
    record = record_of(call, "CrmRecordId", call["CrmActorType"])
    return actor_links.unlink(connection_of(call), record, by=call.principal)


@operation("ConnectActor", "Link a record and an actor, and set values", takes=_CONNECTED)
def connect(call: Call) -> None:
    _connect(call, _values(call))


@operation(
    "TryConnectActor", "As ConnectActor, and say whether it was done", returns="bool", takes=_CONNECTED
)
def try_connect(call: Call) -> bool:
    return _succeeds(call, _values(call))


def _succeeds(call: Call, values: dict[str, str | None]) -> bool:
    """False where the record or the key is linked otherwise."""
    try:
        _connect(call, values)
    except Conflict:
        return False
    return True


def _connect(call: Call, values: dict[str, str | None]) -> None:
    actor_links.connect(
        connection_of(call),
        record_of(call, "CrmRecordId", call["CrmActorType"]),
        actor_type=call["ErpActorType"],
        key=call["ErpKey"],
        values=values,
        by=call.principal,
        now=call.now,
    )


def _values(call: Call) -> dict[str, str | None]:
    return {each["CrmFieldKey"]: each["Value"] for each in call["FieldValues"]}
