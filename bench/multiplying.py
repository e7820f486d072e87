"""A million rows in one statement: where only their number matters, not how they came to be. PostgreSQL."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from integrations.models import ClientIntegration

_GROWN = ("integrations_record", "queue_integrationqueue", "queue_actionlog", "queue_actionattempt")
_RECORDS = """
    INSERT INTO integrations_record (client_id, entity_id, item_id, item_name, data, digest, item_updated_on,
        stored_on, created_on, updated_on, row_version)
    SELECT client_id, entity_id, 'copy-' || n, item_name, data, digest, item_updated_on,
        %(at)s, %(at)s, %(at)s, 1
    FROM (SELECT * FROM integrations_record WHERE client_id = %(client)s ORDER BY id LIMIT 1) AS one
    CROSS JOIN generate_series(%(first)s, %(last)s) AS n
"""
_ITEMS = """
    INSERT INTO queue_integrationqueue (client_integration_id, client_id, integration_id, item_id, item_name,
        item_updated_on, state, due_at, attempt, cycle, lease_owner, lease_no, crashes, rendered_hash,
        version, row_version, finished_on, created_on, updated_on)
    SELECT %(activation)s, %(client)s, %(integration)s, 'copy-' || n, 'P-' || n,
        %(at)s, 'Succeeded', NULL, 0, 1, '', 1, 0, '', 1,
        3, %(at)s, %(at)s, %(at)s
    FROM generate_series(%(first)s, %(last)s) AS n
"""
_LOGS = """
    INSERT INTO queue_actionlog (item_id, client_id, client_integration_id, cycle, version, started_on)
    SELECT id, client_id, client_integration_id, 1, 1, %(at)s
    FROM queue_integrationqueue WHERE client_integration_id = %(activation)s AND state = 'Succeeded'
"""
_ATTEMPTS = """
    INSERT INTO queue_actionattempt (log_id, number, started_on, duration_ms, outcome, message)
    SELECT id, 1, started_on, 1, 'Done', ''
    FROM queue_actionlog WHERE client_integration_id = %(activation)s
"""


def copy_record(row: ClientIntegration, numbers: range, *, now: datetime) -> None:
    """A record like the client's first one for each number, which arrived a day ago."""
    _run([_RECORDS], row, numbers, now - timedelta(days=1))


def add_finished(row: ClientIntegration, count: int, *, now: datetime) -> None:
    """`count` items that were delivered long ago, with their logs."""
    _run([_ITEMS, _LOGS, _ATTEMPTS], row, range(1, count + 1), now - timedelta(days=1))


def deliver_copies(row: ClientIntegration, numbers: range, *, now: datetime) -> None:
    """Ledger rows for the copies with these numbers: all delivered."""
    _run([_ITEMS], row, numbers, now)


def _run(statements: list[str], row: ClientIntegration, numbers: range, at: datetime) -> None:
    parameters: dict[str, int | datetime] = {
        "activation": row.pk,
        "client": row.client_id,
        "integration": row.integration_id,
        "first": numbers[0],
        "last": numbers[-1],
        "at": at,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for statement in statements:
            cursor.execute(statement, parameters)


def vacuum() -> None:
    """So that the server's own clean-up does not fall into what is measured next. Not in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for table in _GROWN:
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("RESET statement_timeout")
