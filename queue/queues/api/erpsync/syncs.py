"""SyncAll and ForceResync in all their kinds: run now, and run again."""

from integrationhub.wire.netserver.arguments import Argument, integer, list_of, string
from integrationhub.wire.netserver.carriers import Carried, Carrier, Property
from integrationhub.wire.netserver.languages import Phrase
from integrations import actor_links
from integrations.errors import Conflict
from queues import resyncing, syncing
from queues.api.erpsync import rights
from queues.api.erpsync.operations import Call, operation
from queues.api.erpsync.rows import connection_of

RESPONSE = Carrier(
    "PluginResponse",
    {
        "IsOk": Property("System.Boolean"),
        "UserExplanation": Property(told=True),
        "TechExplanation": Property(),
        "ErrorCode": Property(),
        "Changes": Property("SuperOffice.CRM.Services.ChangedData"),
        "Status": Property("SuperOffice.CRM.Services.ResponseStatus"),
    },
)
_RECORDS = {"ErpConnectionId": Argument(integer), "InternalKeyIds": Argument(list_of(integer), ())}
_ACTORS = {
    "ErpConnectionId": Argument(integer),
    "ErpActorType": Argument(string, ""),
    "ExternalKeys": Argument(list_of(string), ()),
}


@operation("SyncAll", "Synchronise all active connections now", returns=RESPONSE.name)
def sync_all(call: Call) -> Carried:
    try:
        return _started(syncing.sync_all(call.client, by=call.principal, now=call.now))
    except Conflict as refusal:
        return _refused(refusal.message)


@operation(
    "ForceSyncAll",
    "Synchronise all active connections now, even when the own engine is stopped",
    returns=RESPONSE.name,
)
def force_sync_all(call: Call) -> Carried:
    if call.client is None:
        return sync_all(call)
    try:
        return _started(syncing.force_sync_all(call.client, by=call.principal, now=call.now))
    except Conflict as refusal:
        return _refused(refusal.message)


@operation("ForceResync", "Synchronise records again", returns=RESPONSE.name, takes=_RECORDS)
def force_resync(call: Call) -> Carried:
    return _reopened(_resync_records(call))


@operation(
    "ForceResyncNoBlankValues",
    "Synchronise records again; blank values overwrite none",
    returns=RESPONSE.name,
    takes=_RECORDS,
)
def force_resync_no_blank_values(call: Call) -> Carried:
    return _reopened(_resync_records(call, with_blanks=False))


@operation("ForceResyncBatchTask", "Synchronise records again, as a batch", takes=_RECORDS)
def force_resync_batch_task(call: Call) -> None:
    _resync_records(call)


@operation("ForceResyncExternal", "Synchronise items again", returns=RESPONSE.name, takes=_ACTORS)
def force_resync_external(call: Call) -> Carried:
    return _reopened(_resync_items(call))


@operation(
    "ForceResyncExternalNoBlankValues",
    "Synchronise items again; blank values overwrite none",
    returns=RESPONSE.name,
    takes=_ACTORS,
)
def force_resync_external_no_blank_values(call: Call) -> Carried:
    return _reopened(_resync_items(call, with_blanks=False))


def _resync_records(call: Call, *, with_blanks: bool = True) -> int:
    return resyncing.resync_records(
        connection_of(call),
        call["InternalKeyIds"],
        with_blanks=with_blanks,
        by=call.principal,
        now=call.now,
    )


def _resync_items(call: Call, *, with_blanks: bool = True) -> int:
    connection = connection_of(call)
    entity = actor_links.entity_of(call["ErpActorType"])
    return resyncing.resync_items(
        connection,
        call["ExternalKeys"],
        entity_id=entity.pk if entity else None,
        with_blanks=with_blanks,
        by=call.principal,
        now=call.now,
    )


def _started(count: int) -> Carried:
    return _respond(Phrase("Integrations that run now: %(count)s.", {"count": count}))


def _reopened(count: int) -> Carried:
    return _respond(Phrase("Items that will be synchronised again: %(count)s.", {"count": count}))


def _refused(message: str) -> Carried:
    return _respond(Phrase(message), status="Error", code="EngineStopped")


def _respond(explanation: Phrase, *, status: str = "Ok", code: str = "") -> Carried:
    values = {
        "IsOk": status != "Error",
        "UserExplanation": explanation,
        "TechExplanation": explanation.in_english(),
        "ErrorCode": code,
        "Changes": None,
        "Status": status,
    }
    return Carried(RESPONSE, values, rights.of_answer())
