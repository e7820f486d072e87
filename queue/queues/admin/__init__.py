from queues.admin import (
    actions,
    activations,
    breakers,
    bulk_jobs,
    clients,
    definitions,
    engine,
    inbound,
    items,
    logs,
    numbers,
    systems,
)

__all__ = [
    "actions",
    "activations",
    "breakers",
    "bulk_jobs",
    "clients",
    "definitions",
    "engine",
    "inbound",
    "items",
    "logs",
    "numbers",
    "systems",
]
