"""Hourly outcomes, counted by the acknowledgement that writes them: they are right or not there at all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection

from integrations import prepared
from queues.models import OutcomeHour
from queues.outcomes import Cancel, Done, Permanent, Retry, Snooze
from queues.sql import adapted, rows_cte

if TYPE_CHECKING:
    from queues.preparing import Execution

_TABLE = OutcomeHour._meta.db_table
_COUNTS = ("done", "retried", "dead", "snoozed", "cancelled", "crashed", "duration_ms")
_COUNTED_AS = {
    Done: "done",
    Retry: "retried",
    Permanent: "dead",
    Snooze: "snoozed",
    Cancel: "cancelled",
}
_COLUMNS = {
    "client_integration_id": "bigint",
    **dict.fromkeys(_COUNTS, "bigint"),
    "last_done_on": "timestamptz",
}


@dataclass(slots=True)
class _Tally:
    done: int = 0
    retried: int = 0
    dead: int = 0
    snoozed: int = 0
    cancelled: int = 0
    crashed: int = 0
    duration_ms: int = 0


def count(executions: "Sequence[Execution]", now: datetime) -> None:
    """Adds one acknowledged group to its hour. Belongs into the transaction that logs its attempts."""
    tallies: dict[int, _Tally] = defaultdict(_Tally)
    for execution in executions:
        _add(tallies[execution.item.client_integration_id], execution)
    _store(tallies, now)


def _store(tallies: Mapping[int, _Tally], now: datetime) -> None:
    rows = [
        (pk, *(getattr(tally, name) for name in _COUNTS), now if tally.done else None)
        for pk, tally in sorted(tallies.items())
        if tally != _Tally()
    ]
    if rows:
        _upsert(rows, now)


def _add(tally: _Tally, execution: "Execution") -> None:
    outcome, started = execution.outcome, execution.started_on is not None
    if not (started and isinstance(outcome, Snooze)):
        tally.crashed += execution.item.crashes  # what was interrupted keeps them, and is counted in the end
    if outcome is None or not started:
        return
    name = "dead" if _gave_up(execution) else _COUNTED_AS[type(outcome)]
    setattr(tally, name, getattr(tally, name) + 1)
    tally.duration_ms += outcome.exchange.duration_ms


def _gave_up(execution: "Execution") -> bool:
    """Its last attempt failed, and no other follows."""
    return (
        isinstance(execution.outcome, Retry) and execution.item.attempt >= execution.plan.policy.max_attempts
    )


def _upsert(rows: Sequence[Sequence[object]], now: datetime) -> None:
    """One statement. It locks by key, in order: two workers wait for each other, and never both at once."""
    cte, parameters = rows_cte(_COLUMNS, rows)
    names = ", ".join(_COLUMNS)
    sums = ", ".join(f"{name} = o.{name} + excluded.{name}" for name in _COUNTS)
    latest = "GREATEST" if connection.vendor == "postgresql" else "MAX"
    statement = f"""
        WITH {cte}
        INSERT INTO {_TABLE} AS o ({names}, hour)
        SELECT {names}, %s FROM v WHERE true ORDER BY client_integration_id
        ON CONFLICT (client_integration_id, hour) DO UPDATE SET
            {sums},
            last_done_on = {latest}(
                COALESCE(o.last_done_on, excluded.last_done_on),
                COALESCE(excluded.last_done_on, o.last_done_on)
            )
        RETURNING id
    """  # noqa: S608
    hour = now.replace(minute=0, second=0, microsecond=0)
    prepared.fetch(statement, [*parameters, adapted(hour)])
