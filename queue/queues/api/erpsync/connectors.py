"""Connectors: the systems that can be connected to."""

from integrationhub.wire.netserver.arguments import Argument, integer, string
from integrationhub.wire.netserver.carriers import Carried, Carrier, Property
from integrations import parts
from integrations.models import Connection, Integration, System
from integrations.removal import remove
from queues.api.erpsync import rights
from queues.api.erpsync.operations import Call, operation
from queues.api.erpsync.rows import find_system, system_of

LIST_ITEM = Carrier(
    "ListItem",
    {"Id": Property("System.Int32"), "Name": Property(told=True), "ToolTip": Property(told=True)},
)
ENTITY = Carrier(
    "ErpSyncConnectorEntity",
    {
        "ErpConnectorId": Property("System.Int32"),
        "DisplayName": Property(writable=True, told=True, length=128),
        "URL": Property(writable=True, length=2048),
        "Deleted": Property("System.Boolean"),
    },
)
_ID = {"ErpSyncConnectorEntityId": Argument(integer)}


@operation("GetAllConnectors", "Get all connectors", returns=f"{LIST_ITEM.name}[]")
def get_all_connectors(call: Call) -> list[Carried]:
    systems = System.objects.visible_to(call.principal).order_by("name", "pk").defer("secret")
    return [
        Carried(LIST_ITEM, {"Id": row.pk, "Name": row.name, "ToolTip": row.base_url}, rights.of_answer())
        for row in systems
    ]


@operation("CreateDefaultErpSyncConnectorEntity", "Get a connector to fill in", returns=ENTITY.name)
def create_default(call: Call) -> Carried:
    owner = call.client
    return _carry(System(owner=owner, name="", base_url=""), call)


@operation("GetErpSyncConnectorEntity", "Get a connector", returns=ENTITY.name, takes=_ID)
def get_connector(call: Call) -> Carried | None:
    system = find_system(call, "ErpSyncConnectorEntityId")
    return _carry(system, call) if system else None


@operation(
    "SaveErpSyncConnectorEntity",
    "Save a connector; one without an id is made",
    returns=ENTITY.name,
    takes={
        "ErpConnectorId": Argument(integer, 0),
        "DisplayName": Argument(string, None),
        "URL": Argument(string, None),
    },
)
def save_connector(call: Call) -> Carried:
    system = system_of(call, "ErpConnectorId") if call["ErpConnectorId"] else System(owner=call.client)
    for name, column in (("DisplayName", "name"), ("URL", "base_url")):
        if call[name] is not None:
            setattr(system, column, call[name])
    parts.save(system, by=call.principal, now=call.now)
    return _carry(system, call)


@operation("DeleteErpSyncConnectorEntity", "Delete a connector", takes=_ID)
def delete_connector(call: Call) -> None:
    remove(system_of(call, "ErpSyncConnectorEntityId"), by=call.principal)


@operation(
    "CanDeleteErpSyncConnectorEntity",
    "Whether a connector can be deleted",
    returns="string",
    takes={"ErpSyncConnectorId": Argument(integer)},
)
def can_delete(call: Call) -> str:
    system = find_system(call, "ErpSyncConnectorId")
    if system is None:
        return "ErrorNotFound"
    used = (Connection, Integration)
    is_used = any(model.objects.visible_to(call.principal).filter(system=system).exists() for model in used)
    return "ErrorConnectorHasConnections" if is_used else "NoError"


def _carry(system: System, call: Call) -> Carried:
    values = {
        "ErpConnectorId": system.pk or 0,
        "DisplayName": system.name,
        "URL": system.base_url,
        "Deleted": False,
    }
    return Carried(ENTITY, values, rights.of_own(call.principal, system.owner_id))
