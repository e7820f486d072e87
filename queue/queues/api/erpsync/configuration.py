"""Configuration fields: what a connector asks a connection for, and what the connection says."""

from collections.abc import Mapping

from integrationhub.wire.netserver.arguments import Argument, integer
from integrationhub.wire.netserver.carriers import Carried, Carrier, Property
from integrationhub.wire.netserver.languages import Phrase
from integrations.connections import SIGN_IN
from integrations.errors import Refused
from integrations.models import Connection, System
from queues.api.erpsync import rights
from queues.api.erpsync.operations import Call, operation
from queues.api.erpsync.rows import connection_of, system_of

METADATA = Carrier(
    "FieldMetadata",
    {
        "FieldKey": Property(),
        "Rank": Property("System.Int32"),
        "DisplayName": Property(told=True),
        "DisplayDescription": Property(told=True),
        "FieldType": Property("SuperOffice.Data.FieldMetadataType"),
        "ListName": Property(),
        "DefaultValue": Property(),
        "MaxLength": Property("System.Int32"),
        "Access": Property("SuperOffice.Data.FieldAccess"),
        "ShowInSearch": Property("System.Boolean"),
    },
)
_KEYS = {"username": "Username", "secret": "Secret"}
_LENGTHS = {"username": 256, "secret": 4096}
_NAMES = {
    System.Authentication.BASIC: "Password",
    System.Authentication.BEARER: "Token",
    System.Authentication.API_KEY: "API key",
    System.Authentication.OAUTH2: "Password",
}


@operation(
    "GetConfigurationFields",
    "Get what the connector has to be configured with",
    returns=f"{METADATA.name}[]",
    takes={"ErpConnectorId": Argument(integer)},
)
def get_configuration_fields(call: Call) -> list[Carried]:
    system = system_of(call, "ErpConnectorId")
    return [
        Carried(METADATA, _metadata(system, name, rank), rights.of_answer())
        for rank, name in enumerate(_asked(system), start=1)
    ]


@operation(
    "GetErpConnectionConfigFields",
    "Get what the connection is configured with; secrets are not shown",
    returns="Dictionary",
    takes={"ErpConnectionId": Argument(integer)},
)
def get_config_fields(call: Call) -> dict[str, str]:
    return shown(connection_of(call))


def shown(connection: Connection) -> dict[str, str]:
    return {
        _KEYS[name]: connection.username if name == "username" else "" for name in _asked(connection.system)
    }


def apply(connection: Connection, given: Mapping[str, str]) -> None:
    """An empty secret keeps the one there is: it is never shown, so it comes back empty. Raises Refused."""
    names = {_KEYS[name].lower(): name for name in _asked(connection.system)}
    for key, value in given.items():
        name = names.get(key.lower())
        if name is None:
            raise Refused("The connector asks for no such field.", field=f"ConfigFields.{key[:100]}")
        if len(value) > _LENGTHS[name]:
            raise Refused(f"It has at most {_LENGTHS[name]} characters.", field=f"ConfigFields.{key}")
        if value or name != "secret":
            setattr(connection, name, value)


def _asked(system: System) -> tuple[str, ...]:
    return SIGN_IN[System.Authentication(system.authentication)]


def _metadata(system: System, name: str, rank: int) -> dict[str, object]:
    is_secret = name == "secret"
    title = _NAMES[System.Authentication(system.authentication)] if is_secret else "User name"
    return {
        "FieldKey": _KEYS[name],
        "Rank": rank,
        "DisplayName": Phrase(title),
        "DisplayDescription": "",
        "FieldType": "Password" if is_secret else "Text",
        "ListName": "",
        "DefaultValue": "",
        "MaxLength": _LENGTHS[name],
        "Access": "Mandatory",
        "ShowInSearch": False,
    }
