"""Trying a connection or an address, before or after it is saved."""

from integrationhub.wire.netserver.arguments import Argument, integer, map_of_strings, string
from integrations.errors import Refused
from queues import reaching
from queues.api.erpsync import configuration
from queues.api.erpsync.operations import Call, operation
from queues.api.erpsync.rows import connection_of

_ID = {"ErpConnectionId": Argument(integer)}


@operation(
    "TestConnectionById", "Whether the system answers and takes the sign-in", returns="bool", takes=_ID
)
def test_by_id(call: Call) -> bool:
    return reaching.lets_in(connection_of(call), now=call.now)


@operation(
    "TestConnectionByConfig",
    "Whether the system answers and takes this sign-in",
    returns="bool",
    takes={**_ID, "ConfigFields": Argument(map_of_strings)},
)
def test_by_config(call: Call) -> bool:
    connection = connection_of(call)
    configuration.apply(connection, call["ConfigFields"])
    return reaching.lets_in(connection, now=call.now)


@operation(
    "TestConnectorUrl",
    "Whether anything answers at an address",
    returns="string",
    takes={"Url": Argument(string)},
)
def test_url(call: Call) -> str:
    if not call["Url"]:
        raise Refused("It is missing.", field="Url")
    return "NoError" if reaching.is_reachable(call["Url"]) else "ErrorNotFound"
