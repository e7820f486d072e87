from integrations.admin import (
    actions,
    activations,
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
