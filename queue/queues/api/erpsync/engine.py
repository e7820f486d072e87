"""GetEngineStatus, ChangeEngineStatus, ChangeEngineInterval: the engine of the caller's own scope."""

from integrationhub.wire.netserver.arguments import Argument, boolean, timespan
from integrationhub.wire.netserver.carriers import Carried, Carrier, Property
from integrationhub.wire.netserver.languages import Phrase
from integrations import engine_switch
from integrations.engine_switch import EngineState
from queues.api.erpsync import rights
from queues.api.erpsync.operations import Call, operation

STATUS = Carrier(
    "ErpSyncEngineStatus",
    {
        "IsRunning": Property("System.Boolean", writable=True),
        "StatusMessage": Property(told=True),
        "Interval": Property(writable=True),
    },
)


@operation("GetEngineStatus", "Get the current status of the sync engine", returns=STATUS.name)
def get_engine_status(call: Call) -> Carried:
    state = engine_switch.look(call.client)
    values = {"IsRunning": state.is_running, "StatusMessage": message(state), "Interval": state.interval}
    return Carried(STATUS, values, rights.of_engine(call.principal))


@operation(
    "ChangeEngineStatus",
    "Start or stop the sync engine",
    returns=STATUS.name,
    takes={"Run": Argument(boolean)},
)
def change_engine_status(call: Call) -> Carried:
    engine_switch.switch(call.client, call["Run"], by=call.principal, now=call.now)
    return get_engine_status(call)


@operation(
    "ChangeEngineInterval",
    "Set the shortest time between two automatic runs: 1 minute to 24 hours",
    takes={"Interval": Argument(timespan)},
)
def change_engine_interval(call: Call) -> None:
    engine_switch.change_interval(call.client, call["Interval"], by=call.principal, now=call.now)


def message(state: EngineState) -> Phrase:
    if state.is_running:
        return Phrase("The engine is running.")
    text = (
        "The engine has been stopped since %(since)s."
        if state.hub_is_running
        else "The hub's engine has been stopped since %(since)s."
    )
    return Phrase(text, {"since": state.switched_on or ""})
