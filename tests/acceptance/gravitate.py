"""What agents of the Gravitate kind send, as the published samples have it."""

import re

MODELS = "http://schemas.datacontract.org/2004/07/Gravitate.WCF.Integration.IntegrationStatusModels"
DTO = "http://schemas.datacontract.org/2004/07/Gravitate.WCF.DTO.Integration"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
ROOT = "/api/integration/IntegrationStatus"
START = f"{ROOT}/IntegrationStart"

JSON_ORDER = [
    "IntegrationName", "SourceSystemId", "LastRunStartDateTime", "LastRunEndDateTime", "ProcessStatusMeaning",
    "MaxSyncDateTime", "MaxSyncDateMaxPKId", "SourceId", "SourceIdString", "CustomDatabaseValues",
]  # fmt: skip
XML_ORDER = [
    "CustomDatabaseValues", "SourceId", "SourceIdString", "IntegrationName", "LastRunEndDateTime",
    "LastRunStartDateTime", "MaxSyncDateMaxPKId", "MaxSyncDateTime", "ProcessStatusMeaning", "SourceSystemId",
]  # fmt: skip
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?(Z|[+-]\d\d:\d\d)")


def start_in_xml(system_id, name="sample string 2"):
    """The published sample, on one line as it is sent."""
    return (
        f'<IntegrationStartRequest xmlns:i="{INSTANCE}" xmlns="{MODELS}"> '
        f"<IntegrationName>{name}</IntegrationName> <SourceSystemId>{system_id}</SourceSystemId> "
        "</IntegrationStartRequest>"
    )
