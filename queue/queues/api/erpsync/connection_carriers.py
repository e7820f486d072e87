"""Connections and their summaries as carriers."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Max

from integrationhub.wire.netserver.carriers import Carried, Carrier, Property
from integrations.models import ClientIntegration, Connection, IntegrationRun
from integrations.principals import Principal
from queues.api.erpsync import configuration, rights

_BOOL, _INT = "System.Boolean", "System.Int32"
_MAP = "System.Collections.Generic.Dictionary`2[System.String,System.String]"
CONNECTION = Carrier(
    "ErpConnection",
    {
        "ErpConnectionId": Property(_INT),
        "ErpConnectorId": Property(_INT),
        "DisplayName": Property(writable=True, told=True, length=256),
        "DisplayDescription": Property(writable=True, told=True, length=1000),
        "Active": Property(_BOOL, writable=True),
        "ConnectionId": Property("System.Guid"),
        "MostRecentTimestamp": Property(),
        "ConfigFields": Property(_MAP, writable=True),
        "Deleted": Property(_BOOL),
        "AllAccess": Property(_BOOL, writable=True),
        "UserGroupAccessIds": Property("System.Int32[]", writable=True),
        "AssociateAccessIds": Property("System.Int32[]", writable=True),
    },
)
SUMMARY = Carrier(
    "ErpSyncConnectionSummary",
    {
        "DisplayName": Property(told=True),
        "DisplayDescription": Property(told=True),
        "Active": Property(_BOOL),
        "Deleted": Property(_BOOL),
        "LastSync": Property("System.DateTime"),
        "Actors": Property("ErpSyncActorTypeSummary[]"),
    },
)
_ACTOR = Carrier(
    "ErpSyncActorTypeSummary",
    {
        "ActorType": Property(),
        "HasMappings": Property(_BOOL),
        "Defaults": Property(),
        "Mappings": Property(),
    },
)


def carry(found: Sequence[Connection], principal: Principal) -> list[Carried]:
    """In two questions, however many there are."""
    marks = _watermarks(found, principal)
    return [
        Carried(
            CONNECTION,
            _values(row, marks.get((row.client_id, row.system_id))),
            rights.of_own(principal, row.client_id),
        )
        for row in found
    ]


def summarise(row: Connection, principal: Principal) -> Carried:
    used = _activations([row], principal).select_related("integration__action")
    runs = IntegrationRun.objects.visible_to(principal).filter(
        client=row.client_id, client_integration__integration__system=row.system_id, ended_on__isnull=False
    )
    told = rights.of_answer()
    values = {
        "DisplayName": row.name,
        "DisplayDescription": row.description,
        "Active": row.active,
        "Deleted": row.deleted,
        "LastSync": runs.aggregate(last=Max("ended_on"))["last"],
        "Actors": [Carried(_ACTOR, _actor(activation), told) for activation in used.defer("secret")],
    }
    return Carried(SUMMARY, values, told)


def _values(row: Connection, mark: Any) -> dict[str, Any]:
    return {
        "ErpConnectionId": row.pk,
        "ErpConnectorId": row.system_id,
        "DisplayName": row.name,
        "DisplayDescription": row.description,
        "Active": row.active,
        "ConnectionId": str(row.key),
        "MostRecentTimestamp": mark.isoformat() if mark else "",
        "ConfigFields": configuration.shown(row),
        "Deleted": row.deleted,
        "AllAccess": row.all_access,
        "UserGroupAccessIds": row.user_group_ids,
        "AssociateAccessIds": row.associate_ids,
    }


def _actor(activation: ClientIntegration) -> dict[str, Any]:
    integration = activation.integration
    body = integration.action.configuration.get("body", "") if integration.action else ""
    return {
        "ActorType": integration.entity_id,
        "HasMappings": bool(body),
        "Defaults": "",
        "Mappings": integration.name,
    }


def _watermarks(found: Sequence[Connection], principal: Principal) -> dict[tuple[int, int], Any]:
    """How far the scans for each (client, system) have come: the furthest of them."""
    key = ("client_id", "integration__system_id")
    rows = _activations(found, principal).order_by().values_list(*key).annotate(mark=Max("scanned_to"))
    return {(client, system): mark for client, system, mark in rows}


def _activations(found: Sequence[Connection], principal: Principal) -> Any:
    return ClientIntegration.objects.visible_to(principal).filter(
        client__in={row.client_id for row in found}, integration__system__in={row.system_id for row in found}
    )
