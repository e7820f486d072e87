from integrations.admin import (
    actions,
    activations,
    audit,
    clients,
    consents,
    credentials,
    definitions,
    entities,
    records,
    runs,
    schedules,
    systems,
)

__all__ = [
    "actions",
    "activations",
    "audit",
    "clients",
    "consents",
    "credentials",
    "definitions",
    "entities",
    "records",
    "runs",
    "schedules",
    "systems",
]
