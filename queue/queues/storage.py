"""How PostgreSQL keeps the ledger: room on each page for the next version of a row, and frequent cleaning."""

from typing import Any

from django.db import connections

from queues.models import ActionAttempt, ActionLog, AttemptBody, IntegrationQueue

_UPDATED_OFTEN = (
    "fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, "
    "autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 2000"
)
_APPENDED_TO = "autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05"


def tune(using: str, **_: Any) -> None:
    """Idempotent. Runs after each migration; SQLite has nothing of the kind."""
    if connections[using].vendor != "postgresql":
        return
    with connections[using].cursor() as cursor:
        for model, options in (
            (IntegrationQueue, _UPDATED_OFTEN),
            (ActionLog, _APPENDED_TO),
            (ActionAttempt, _APPENDED_TO),
            (AttemptBody, _APPENDED_TO),
        ):
            if model._meta.db_table in connections[using].introspection.table_names(cursor):
                cursor.execute(f"ALTER TABLE {model._meta.db_table} SET ({options})")
