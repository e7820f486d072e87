"""Connections: listed, saved, tested, toggled, ordered, deleted."""

from typing import Any

from integrationhub.wire.netserver.arguments import (
    Argument,
    boolean,
    integer,
    list_of,
    map_of_strings,
    object_of,
    string,
)
from integrationhub.wire.netserver.carriers import Carried
from integrationhub.wire.netserver.languages import Phrase
from integrations import connections
from integrations.errors import Refused
from integrations.models import Connection
from queues.api.erpsync import configuration, connection_carriers
from queues.api.erpsync.connection_carriers import CONNECTION, SUMMARY
from queues.api.erpsync.operations import Call, operation
from queues.api.erpsync.rows import connection_of, find_connection, system_of

_ID = {"ErpConnectionId": Argument(integer)}
_IDS = Argument(list_of(integer), None)
_CARRIER = {
    "ErpConnectionId": Argument(integer, 0),
    "ErpConnectorId": Argument(integer, 0),
    "DisplayName": Argument(string, None),
    "DisplayDescription": Argument(string, None),
    "Active": Argument(boolean, None),
    "ConfigFields": Argument(map_of_strings, None),
    "AllAccess": Argument(boolean, None),
    "UserGroupAccessIds": _IDS,
    "AssociateAccessIds": _IDS,
}
_COLUMNS = {
    "DisplayName": "name",
    "DisplayDescription": "description",
    "Active": "active",
    "AllAccess": "all_access",
    "UserGroupAccessIds": "user_group_ids",
    "AssociateAccessIds": "associate_ids",
}


@operation("GetConnection", "Get a connection", returns=CONNECTION.name, takes=_ID)
def get_connection(call: Call) -> Carried | None:
    found = find_connection(call)
    return connection_carriers.carry([found], call.principal)[0] if found else None


@operation(
    "GetAllConnections",
    "Get all connections, in the order they are synchronised",
    returns=f"{CONNECTION.name}[]",
    takes={"IncludeDeleted": Argument(boolean, False)},
)
def get_all_connections(call: Call) -> list[Carried]:
    rows = Connection.objects.visible_to(call.principal)
    chosen = rows if call["IncludeDeleted"] else rows.present()
    return connection_carriers.carry(list(chosen.select_related("system")), call.principal)


@operation(
    "SaveConnection",
    "Save a connection; one without an id is made",
    returns=CONNECTION.name,
    takes={"Connection": Argument(object_of(_CARRIER))},
)
def save_connection(call: Call) -> Carried:
    values = call["Connection"]
    connection = _changed(call, values)
    for name, column in _COLUMNS.items():
        if values[name] is not None:
            setattr(connection, column, values[name])
    if values["ConfigFields"] is not None:
        configuration.apply(connection, values["ConfigFields"])
    connections.save(connection, by=call.principal, now=call.now)
    return connection_carriers.carry([connection], call.principal)[0]


@operation("DeleteConnection", "Delete a connection", takes=_ID)
def delete_connection(call: Call) -> None:
    found = find_connection(call)
    if found is not None:
        connections.delete(found, by=call.principal, now=call.now)


@operation("ToggleErpConnectionActive", "Switch a connection on or off", returns="string[]", takes=_ID)
def toggle_active(call: Call) -> list[Phrase]:
    connection = connection_of(call)
    connections.toggle(connection, by=call.principal, now=call.now)
    return [Phrase("The connection is active." if connection.active else "The connection is inactive.")]


@operation(
    "SaveErpConnectionSyncPriorities",
    "Save the order in which connections are synchronised",
    returns="bool",
    takes={"ErpConnectionIds": Argument(list_of(integer))},
)
def save_priorities(call: Call) -> bool:
    rows = Connection.objects.visible_to(call.principal).present()
    found = rows.in_bulk(call["ErpConnectionIds"])
    if set(found) != set(call["ErpConnectionIds"]):
        raise Refused("There is no such connection.", field="ErpConnectionIds")
    in_order = [found[pk] for pk in dict.fromkeys(call["ErpConnectionIds"])]
    connections.prioritise(in_order, by=call.principal, now=call.now)
    return True


@operation(
    "UpdateConnectionFields", "Drop what the connector does not ask for any more", returns="bool", takes=_ID
)
def update_fields(call: Call) -> bool:
    connections.save(connection_of(call), by=call.principal, now=call.now)
    return True


@operation(
    "GetErpSyncConnectionSummary",
    "Get a summary of a connection and of what it synchronises",
    returns=SUMMARY.name,
    takes={"ErpSyncConnectionId": Argument(integer)},
)
def get_summary(call: Call) -> Carried | None:
    found = find_connection(call, "ErpSyncConnectionId")
    return connection_carriers.summarise(found, call.principal) if found else None


def _changed(call: Call, values: dict[str, Any]) -> Connection:
    """The connection that is to be saved: a new one for id 0."""
    given = Call(call.principal, values, call.now)
    if values["ErpConnectionId"]:
        return connection_of(given)
    if call.client is None:
        raise Refused("Name the client, by /<client>/ before the path: a connection belongs to one.")
    return Connection(client=call.client, system=system_of(given, "ErpConnectorId"), name="")
