"""The filter of a bulk job as people put it: by the names of what it holds by key."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from integrations.models import Client, ClientIntegration, Integration, System
from queues.states import State

_LABELS = {
    "ids": "Chosen",
    "state": "State",
    "direction": "Direction",
    "client": "Client",
    "integration": "Integration",
    "client_integration": "Integration for client",
    "system": "System",
    "run": "Run",
    "item_id": "Item id",
    "search": "Id or name begins with",
    "message": "Last message has",
    "attempt_from": "Attempts, at least",
    "due_from": "Due from",
    "due_before": "Due before",
    "updated_from": "Updated from",
    "updated_before": "Updated before",
    "created_from": "Created from",
    "created_before": "Created before",
}


def in_words(wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(what, value) of each part. Asks for a name where there is only a key."""
    for name, value in wanted.items():
        yield _LABELS.get(name, name), _spelled(name, value)


def _spelled(name: str, value: Any) -> str:
    match name:
        case "state":
            labels: dict[str, str] = dict(State.choices)
            return ", ".join(labels.get(state, state) for state in value) or "none"
        case "ids":
            return "1 item" if len(value) == 1 else f"{len(value):,} items"
        case "client" | "integration" | "client_integration" | "system":
            return _name_of(name, value)
        case (
            "due_from" | "due_before" | "updated_from" | "updated_before" | "created_from" | "created_before"
        ):
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return str(value)


def _name_of(kind: str, key: Any) -> str:
    """What it is called; a key whose row has been deleted stays a key."""
    found: QuerySet[Any, Any]
    match kind:
        case "client":
            found = Client.objects.filter(code=key).values_list("name")
        case "integration":
            found = Integration.objects.filter(pk=key).values_list("name")
        case "system":
            found = System.objects.filter(pk=key).values_list("name")
        case _:
            names = ("integration__name", "client__name")
            found = ClientIntegration.objects.filter(pk=key).values_list(*names)
    row = found.first()
    return " for ".join(row) if row else str(key)
