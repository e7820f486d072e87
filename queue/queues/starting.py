"""Start marks: written for the whole group that is about to be executed, before any of it is."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from integrations import prepared
from queues.models import ActionLog
from queues.preparing import Execution
from queues.sql import IS_PROCESSING, TABLE, adapted, rows_cte

_LOG = ActionLog._meta.db_table
_LOG_COLUMNS = {
    "item_id": "bigint",
    "client_id": "bigint",
    "client_integration_id": "bigint",
    "cycle": "integer",
    "version": "integer",
}
_MARK_COLUMNS = {
    "pk": "bigint",
    "lease_no": "integer",
    "cycle": "integer",
    "attempt": "integer",
    "rendered_hash": "text",
    "action_log_id": "integer",
    "read_version": "timestamptz",
}


def start(executions: Sequence[Execution], now: datetime) -> list[Execution]:
    """Charges an attempt to each and marks it as started; opens the log of its cycle.

    Returns those whose lease is still ours: only they may be executed. What is started is the version that
    was read, also when a newer one has been noted since.
    """
    if not executions:
        return []
    with transaction.atomic(savepoint=False):  # all of the caller's transaction, or one of its own
        _open_logs(executions, now)
        started = _mark(executions, now)
    ours = [execution for execution in executions if execution.item.pk in started]
    for execution in ours:
        execution.item.attempt += 1
        execution.started_on = now
    return ours


def _open_logs(executions: Sequence[Execution], now: datetime) -> None:
    fresh = {e.item.pk: e.item for e in executions if e.item.action_log_id is None}
    if not fresh:
        return
    rows = [(i.pk, i.client_id, i.client_integration_id, i.cycle, i.version) for i in fresh.values()]
    cte, parameters = rows_cte(_LOG_COLUMNS, rows)
    columns = ", ".join(_LOG_COLUMNS)
    statement = f"""
        WITH {cte} INSERT INTO {_LOG} ({columns}, started_on) SELECT {columns}, %s FROM v
        RETURNING item_id, id
    """  # noqa: S608
    for item_pk, log_pk in prepared.fetch(statement, [*parameters, adapted(now)]):
        fresh[item_pk].action_log_id = log_pk


def _mark(executions: Sequence[Execution], now: datetime) -> set[int]:
    rows = [
        (i.pk, i.lease_no, i.cycle, i.attempt + 1, i.rendered_hash, i.action_log_id, _read_version(e))
        for e in executions
        for i in [e.item]
    ]
    cte, parameters = rows_cte(_MARK_COLUMNS, rows)
    statement = f"""
        WITH {cte}
        UPDATE {TABLE} AS q SET
            cycle = v.cycle, attempt = v.attempt, rendered_hash = v.rendered_hash,
            action_log_id = v.action_log_id, started_version = v.read_version,
            item_updated_on = CASE WHEN v.read_version > q.item_updated_on
                                   THEN v.read_version ELSE q.item_updated_on END,
            started_on = %s, updated_on = %s, row_version = q.row_version + 1
        FROM v
        WHERE q.id = v.pk AND q.lease_no = v.lease_no AND {IS_PROCESSING}
        RETURNING id
    """  # noqa: S608
    return {pk for (pk,) in prepared.fetch(statement, [*parameters, adapted(now), adapted(now)])}


def _read_version(execution: Execution) -> datetime:
    """The version of the row that was read: it may be newer than the one that was queued."""
    return execution.row.updated_on if execution.row else execution.item.item_updated_on
