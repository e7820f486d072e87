"""The types of Gravitate's IntegrationStatus, and how they say what the hub knows."""

from collections.abc import Mapping
from typing import Any

from rest_framework.response import Response

from integrationhub.wire import timestamps, webapi
from integrationhub.wire.datacontract import Contract, Kind
from integrations.models import ExternalIntegration, IntegrationRun
from integrations.runs import Name, Report

_MODELS = "http://schemas.datacontract.org/2004/07/Gravitate.WCF.Integration.IntegrationStatusModels"
_IDENTITY = {"SourceSystemId": Kind.INT, "IntegrationName": Kind.STRING}
_REPORT = {
    **_IDENTITY,
    "ProcessStatusMeaning": Kind.STRING,
    "MaxSyncDateTime": Kind.DATE,
    "MaxSyncDateMaxPKId": Kind.LONG,
    "CustomDatabaseValues": Kind.DICTIONARY,
}
START = Contract("IntegrationStartRequest", _MODELS, _IDENTITY, {})
PROGRESS = Contract("IntegrationProgressRequest", _MODELS, _REPORT, {})
END = Contract("IntegrationEndRequest", _MODELS, _REPORT, {})
FAIL = Contract("IntegrationFailRequest", _MODELS, {**_REPORT, "Message": Kind.STRING}, {})
STATUS = Contract(
    "IntegrationStatusDTO",
    "http://schemas.datacontract.org/2004/07/Gravitate.WCF.DTO.Integration",
    {
        "IntegrationName": Kind.STRING,
        "SourceSystemId": Kind.INT,
        "LastRunStartDateTime": Kind.DATE,
        "LastRunEndDateTime": Kind.DATE,
        "ProcessStatusMeaning": Kind.STRING,
        "MaxSyncDateTime": Kind.DATE,
        "MaxSyncDateMaxPKId": Kind.LONG,
    },
    {"SourceId": Kind.INT, "SourceIdString": Kind.STRING, "CustomDatabaseValues": Kind.DICTIONARY},
)


def report_of(values: Mapping[str, Any]) -> Report:
    return Report(
        synced_to=values["MaxSyncDateTime"],
        synced_key=values["MaxSyncDateMaxPKId"],
        custom_values=values["CustomDatabaseValues"],
        message=values.get("Message"),
    )


def shown(name: Name, row: IntegrationRun | ExternalIntegration) -> Response:
    run = row if isinstance(row, IntegrationRun) else None
    external = row.external if isinstance(row, IntegrationRun) else row
    assert external is not None  # noqa: S101  (what an agent runs always has one)
    values = {
        "IntegrationName": external.name,
        "SourceSystemId": name.system.pk,
        "LastRunStartDateTime": run and timestamps.of(run.started_on),
        "LastRunEndDateTime": timestamps.of(run.ended_on) if run and run.ended_on else None,
        "ProcessStatusMeaning": run and run.status,
        "MaxSyncDateTime": external.synced_to,
        "MaxSyncDateMaxPKId": external.synced_key,
        "SourceId": run and run.pk,
        "SourceIdString": run and str(run.pk),
        "CustomDatabaseValues": external.custom_values or None,
    }
    return Response(webapi.Reply(STATUS, values))
