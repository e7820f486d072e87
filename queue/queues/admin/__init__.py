from queues.admin import (
    actions,
    activations,
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
