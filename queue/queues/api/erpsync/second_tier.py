"""What the agent knows and the hub does not do: said so, with the operation's name."""

NOT_DONE = {
    "CreateErpActorFromCrm": "Make an actor of a record",
    "GetActorTypeMapping": "Get the mapping of an actor type",
    "GetConnectionListMappings": "Get the list mappings of a connection",
    "GetConnectionsAndDisplayFields": "Get the connections and display fields of a record",
    "GetCrmActorType": "Get the record type that an actor type is mapped to",
    "GetDefaultValueInfo": "Get the default value of a field",
    "GetFieldsForNewErpActor": "Get the fields of a new actor",
    "MoveErpFieldItem": "Move a field",
    "SaveActorTypeMapping": "Save the mapping of an actor type",
    "SaveConnectionListMappings": "Save the list mappings of a connection",
    "SaveDefaultValueInfo": "Save the default value of a field",
    "SupportsAdvancedSearch": "Whether an actor type can be searched for",
    "ValidateArchiveColumnConfig": "Check the columns of an archive",
}
