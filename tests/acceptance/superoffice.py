"""What SuperOffice's clients send, and the whole list of what they may ask the agent for."""

ROOT = "/api/v1/Agents/ErpSync"
OPERATIONS = [
    "GetEngineStatus",
    "ChangeEngineStatus",
    "ChangeEngineInterval",
    "SyncAll",
    "ForceSyncAll",
    "ForceResync",
    "ForceResyncNoBlankValues",
    "ForceResyncBatchTask",
    "ForceResyncExternal",
    "ForceResyncExternalNoBlankValues",
    "GetErpSyncConnectionSummary",
    "GetConnection",
    "DeleteConnection",
    "SaveConnection",
    "GetAllConnections",
    "GetAllConnectors",
    "ToggleErpConnectionActive",
    "TestConnectionById",
    "TestConnectionByConfig",
    "TestConnectorUrl",
    "GetConfigurationFields",
    "GetErpConnectionConfigFields",
    "SaveErpConnectionSyncPriorities",
    "UpdateConnectionFields",
    "CreateDefaultErpSyncConnectorEntity",
    "GetErpSyncConnectorEntity",
    "SaveErpSyncConnectorEntity",
    "DeleteErpSyncConnectorEntity",
    "CanDeleteErpSyncConnectorEntity",
    "GetActorTypeMapping",
    "SaveActorTypeMapping",
    "GetConnectionListMappings",
    "SaveConnectionListMappings",
    "GetDefaultValueInfo",
    "SaveDefaultValueInfo",
    "GetCrmActorType",
    "SupportsAdvancedSearch",
    "GetFieldsForNewErpActor",
    "GetConnectionsAndDisplayFields",
    "GetErpFieldValues",
    "GetFieldValuesFromCrm",
    "GetFieldValuesFromErp",
    "ConnectActor",
    "TryConnectActor",
    "CreateActorLink",
    "BreakActorLink",
    "CreateErpActorFromCrm",
    "MoveErpFieldItem",
    "ValidateArchiveColumnConfig",
]
ERROR = ["Error", "ErrorType", "Message", "ErrorMessage", "ErrorSource"]


def call(program, operation, body=None, query="", **headers):
    """As the TypeScript client does it: JSON with an empty body where there is nothing to say."""
    path = operation if operation.startswith("/") else f"{ROOT}/{operation}"
    if body is None:
        return program.generic("POST", path + query, b"", content_type="application/json", headers=headers)
    return program.post(path + query, body, content_type="application/json", headers=headers)


def error(response, status=400, kind="ArgumentException"):
    assert response.status_code == status, response.content
    told = response.json()
    assert list(told) == ERROR
    assert (told["Error"], told["ErrorType"]) == (True, kind)
    assert told["Message"] == told["ErrorMessage"]
    assert told["ErrorSource"] == "SuperOffice.Services.Implementation"
    return told["Message"]
