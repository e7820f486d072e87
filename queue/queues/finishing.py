"""Acknowledgements: what came of a group of executions, in one transaction, fenced by their leases."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from integrationhub.wire.values import value
from integrations import prepared
from integrations.models import ClientIntegration
from queues.models import ActionAttempt, AttemptBody
from queues.outcomes import Cancel, Done, Exchange, Outcome, Permanent, Retry, Snooze
from queues.preparing import Execution
from queues.sql import IS_PROCESSING, TABLE, adapted, rows_cte
from queues.states import State

_LOGGED_AS = {
    Done: ActionAttempt.Outcome.DONE,
    Retry: ActionAttempt.Outcome.RETRY,
    Permanent: ActionAttempt.Outcome.PERMANENT,
    Snooze: ActionAttempt.Outcome.SNOOZED,
    Cancel: ActionAttempt.Outcome.CANCELLED,
}

_SETTLED_COLUMNS = {
    "pk": "bigint",
    "lease_no": "integer",
    "client_integration_id": "bigint",
    "state": "text",
    "message": "text",
    "due_at": "timestamptz",
    "refund": "integer",
    "again": "integer",
}
_ACTIVATION = ClientIntegration._meta.db_table
_ATTEMPT = ActionAttempt._meta.db_table
_ATTEMPT_COLUMNS = {
    "log_id": "integer",
    "number": "integer",
    "started_on": "timestamptz",
    "duration_ms": "integer",
    "outcome": "text",
    "status": "smallint",
    "message": "text",
}
_BODY = AttemptBody._meta.db_table
_BODY_COLUMNS = {"attempt_id": "bigint", "request": "text", "response": "text"}
_MESSAGE_LENGTH = 2000


@value
class Settlement:
    """What becomes of a row, should no newer version have been noted meanwhile."""

    state: State
    message: str | None
    delay: float | None = None
    refund: int = 0


def settle(execution: Execution) -> Settlement:
    """The policy applied to an outcome. Pure."""
    outcome, item = execution.outcome, execution.item
    match outcome:
        case Done():
            return Settlement(State.SUCCEEDED, outcome.message or None)
        case Retry():
            delay = execution.plan.policy.delay(item.attempt, wish=outcome.after)
            if delay is None:
                return Settlement(
                    State.DEAD_LETTER, f"Gave up after {item.attempt} attempts. {outcome.message}"
                )
            return Settlement(State.RETRYING, outcome.message, delay)
        case Permanent():
            return Settlement(State.DEAD_LETTER, outcome.message)
        case Snooze():
            charged = 1 if execution.started_on else 0
            state = State.RETRYING if item.attempt > charged else State.PENDING
            return Settlement(state, outcome.message or None, outcome.seconds, refund=charged)
        case Cancel():
            return Settlement(State.CANCELLED, outcome.message)
    raise TypeError(f"{outcome!r} is not an outcome")


def finish(executions: Sequence[Execution], now: datetime) -> int:
    """Writes outcomes and attempts. Returns for how many the lease was still ours.

    The others change nothing but the log of what was sent. Belongs into one transaction with the count of
    the rollups.
    """
    if not executions:
        return 0
    with transaction.atomic(savepoint=False):  # all of the caller's transaction, or one of its own
        finished = _settle_rows(executions, now)
        _log_attempts([execution for execution in executions if execution.started_on], now)
    return finished


def _settle_rows(executions: Sequence[Execution], now: datetime) -> int:
    rows = []
    for execution in executions:
        item, settlement = execution.item, settle(execution)
        due_at = None if settlement.delay is None else now + timedelta(seconds=settlement.delay)
        message = None if settlement.message is None else _storable(settlement.message)
        again = execution.plan.reopens or settlement.state != State.SUCCEEDED
        rows.append(
            (
                item.pk,
                item.lease_no,
                item.client_integration_id,
                settlement.state.value,
                message,
                due_at,
                settlement.refund,
                int(again),
            )
        )
    cte, parameters = rows_cte(_SETTLED_COLUMNS, rows)
    newer = "(v.again = 1 AND q.started_on IS NOT NULL AND q.item_updated_on > q.started_version)"
    statement = f"""
        WITH {cte}
        UPDATE {TABLE} AS q SET
            state = CASE WHEN {newer} THEN 'Pending' ELSE v.state END,
            cycle = q.cycle + CASE WHEN {newer} THEN 1 ELSE 0 END,
            attempt = CASE WHEN {newer} OR v.state = 'Succeeded' THEN 0 ELSE q.attempt - v.refund END,
            message = CASE WHEN {newer} THEN NULL ELSE v.message END,
            rendered_hash = CASE WHEN {newer} THEN '' ELSE q.rendered_hash END,
            action_log_id = CASE WHEN {newer} THEN NULL ELSE q.action_log_id END,
            crashes = CASE WHEN v.refund = 1 OR q.started_on IS NULL THEN q.crashes ELSE 0 END,
            due_at = CASE WHEN NOT ci.runnable THEN NULL WHEN {newer} THEN %s ELSE v.due_at END,
            finished_on = CASE WHEN {newer} OR v.due_at IS NOT NULL THEN NULL ELSE %s END,
            started_on = NULL, lease_owner = '', updated_on = %s, row_version = q.row_version + 1
        FROM v JOIN {_ACTIVATION} AS ci ON ci.id = v.client_integration_id
        WHERE q.id = v.pk AND q.lease_no = v.lease_no AND {IS_PROCESSING}
        RETURNING item_id
    """  # noqa: S608
    return len(prepared.fetch(statement, [*parameters, adapted(now), adapted(now), adapted(now)]))


def _log_attempts(executions: Sequence[Execution], now: datetime) -> None:
    if not executions:
        return
    bodies = {(e.item.action_log_id, e.item.attempt): _exchange_of(e.outcome) for e in executions}
    attempts = _insert_attempts([_attempt(execution) for execution in executions])
    rows = [
        (pk, exchange.request, exchange.response)
        for pk, log_id, number in attempts
        for exchange in [bodies[log_id, number]]
        if exchange.request or exchange.response
    ]
    _insert_bodies(rows, now)


def _insert_attempts(rows: Sequence[Sequence[object]]) -> list[tuple[int, int, int]]:
    """(id, log_id, number) of each: no order is promised."""
    cte, parameters = rows_cte(_ATTEMPT_COLUMNS, rows)
    names = ", ".join(_ATTEMPT_COLUMNS)
    statement = (
        f"WITH {cte} INSERT INTO {_ATTEMPT} ({names}) SELECT {names} FROM v RETURNING id, log_id, number"  # noqa: S608
    )
    return [(pk, log_id, number) for pk, log_id, number in prepared.fetch(statement, parameters)]


def _insert_bodies(rows: Sequence[Sequence[object]], now: datetime) -> None:
    if not rows:
        return
    cte, parameters = rows_cte(_BODY_COLUMNS, rows)
    names = ", ".join(_BODY_COLUMNS)
    statement = (
        f"WITH {cte} INSERT INTO {_BODY} ({names}, created_on) SELECT {names}, %s FROM v RETURNING attempt_id"  # noqa: S608
    )
    prepared.fetch(statement, [*parameters, adapted(now)])


def _attempt(execution: Execution) -> tuple[object, ...]:
    outcome, item = execution.outcome, execution.item
    exchange = _exchange_of(outcome)
    return (
        item.action_log_id,
        item.attempt,
        execution.started_on,
        exchange.duration_ms,
        _LOGGED_AS[type(outcome)].value,
        exchange.status,
        _storable(getattr(outcome, "message", "")),
    )


def _exchange_of(outcome: Outcome | None) -> Exchange:
    return outcome.exchange if outcome else Exchange()


def _storable(text: str) -> str:
    return text.replace("\x00", "")[:_MESSAGE_LENGTH]
