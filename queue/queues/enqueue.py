"""Into the ledger: one row per (ClientIntegration, ItemId), as the state table says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.models import ClientIntegration
from queues.models import IntegrationQueue
from queues.plans import reopens
from queues.sql import TABLE, adapted, rows_cte, run
from queues.states import State

_ACTIVATION = ClientIntegration._meta.db_table
# A newer version of these is noted on the row, in whichever state it is.
_NOTED_IN = (State.PENDING, State.RETRYING, State.PROCESSING, State.CANCELLED, State.ON_HOLD)
# These stay as they are: a running execution sees the note when it ends, the others wait for a person.
_KEPT = "('Processing', 'Cancelled', 'OnHold')"
_ITEM_COLUMNS = {"item_id": "text", "item_name": "text", "item_updated_on": "timestamptz"}


@dataclass(frozen=True, slots=True)
class Opening:
    """On whose behalf rows are opened."""

    activation: ClientIntegration
    run_id: int | None
    now: datetime

    @property
    def reopens(self) -> bool:
        return reopens(self.activation.integration)

    @property
    def continuous(self) -> bool:
        return self.activation.integration.continuous


def without_settled(source: QuerySet[Any], opening: Opening) -> QuerySet[Any]:
    """The rows of the source that the ledger does not know yet, or for which it has something to do."""
    ledger = IntegrationQueue.objects.filter(
        client_integration=opening.activation.pk, item_id=OuterRef("item_id")
    )
    something_to_do = Q(item_updated_on__lt=OuterRef("item_updated_on"), state__in=_states_moved(opening))
    if opening.continuous:
        something_to_do |= Q(state=State.SUCCEEDED)
    return source.exclude(Exists(ledger.exclude(something_to_do)))


def _states_moved(opening: Opening) -> list[State]:
    """The states in which a newer version changes something."""
    return [*_NOTED_IN, State.SUCCEEDED, State.DEAD_LETTER] if opening.reopens else [*_NOTED_IN]


def open_rows(source: QuerySet[Any], opening: Opening) -> int:
    """Adds a ledger row for each row of the source, or does to the present one what the state table says.

    Returns how many rows became due. One statement for any number of rows; run again, it changes nothing.
    """
    select, parameters = (
        source.order_by().values_list("item_id", "item_name", "item_updated_on").query.sql_with_params()
    )
    return _open(select, parameters, opening)


def open_items(items: Sequence[tuple[str, str, datetime]], opening: Opening) -> int:
    """As open_rows, for items given as (id, name, time of change)."""
    cte, parameters = rows_cte(_ITEM_COLUMNS, items)
    return _open(f"WITH {cte} SELECT {', '.join(_ITEM_COLUMNS)} FROM v", parameters, opening)  # noqa: S608


def _open(select: str, parameters: Sequence[Any], opening: Opening) -> int:
    with transaction.atomic(savepoint=False):  # all of the caller's transaction, or one of its own
        return _upsert(select, parameters, opening) if _hold(opening.activation) else 0


def _hold(activation: ClientIntegration) -> bool:
    """Nobody deletes it until the transaction ends. False: somebody has."""
    lock = "FOR KEY SHARE" if connection.vendor == "postgresql" else ""
    return bool(run(f"SELECT id FROM {_ACTIVATION} WHERE id = %s {lock}", [activation.pk]))  # noqa: S608


def _upsert(select: str, parameters: Sequence[Any], opening: Opening) -> int:
    activation, now = opening.activation, adapted(opening.now)
    states = ", ".join(f"'{state.value}'" for state in _states_moved(opening))
    newer = f"(excluded.item_updated_on > q.item_updated_on AND q.state IN ({states}))"
    again = f"({newer} OR q.state = 'Succeeded')" if opening.continuous else newer
    fixed = [
        activation.pk,
        activation.client_id,
        activation.integration_id,
        now if activation.runnable else None,
        activation.integration.version,
        opening.run_id,
        now,
        now,
    ]
    statement = f"""
        WITH r(item_id, item_name, item_updated_on) AS ({select})
        INSERT INTO {TABLE} AS q (
            item_id, item_name, item_updated_on, client_integration_id, client_id, integration_id, due_at,
            version, run_id, created_on, updated_on,
            state, attempt, cycle, lease_owner, lease_no, crashes, rendered_hash, row_version
        )
        SELECT r.item_id, r.item_name, r.item_updated_on, %s, %s, %s, %s, %s, %s, %s, %s,
               'Pending', 0, 1, '', 0, 0, '', 1
        FROM r WHERE true
        ON CONFLICT (client_integration_id, item_id) DO UPDATE SET
            item_name = excluded.item_name,
            item_updated_on = excluded.item_updated_on,
            state = {_unless_kept("'Pending'", "q.state")},
            due_at = {_unless_kept("excluded.due_at", "q.due_at")},
            cycle = {_unless_kept("q.cycle + 1", "q.cycle")},
            attempt = {_unless_kept("0", "q.attempt")},
            crashes = {_unless_kept("0", "q.crashes")},
            rendered_hash = {_unless_kept("''", "q.rendered_hash")},
            action_log_id = {_unless_kept("NULL", "q.action_log_id")},
            message = {_unless_kept("NULL", "q.message")},
            finished_on = {_unless_kept("NULL", "q.finished_on")},
            version = {_unless_kept("excluded.version", "q.version")},
            run_id = {_unless_kept("excluded.run_id", "q.run_id")},
            updated_on = excluded.updated_on,
            row_version = q.row_version + 1
        WHERE {again}
        RETURNING state
    """  # noqa: S608
    return _count_due(statement, [*parameters, *fixed])


def _count_due(statement: str, parameters: Sequence[Any]) -> int:
    """Runs it. Where the server can count, a million rows are not fetched for their number."""
    if connection.vendor == "postgresql":
        counted = f"WITH opened AS ({statement}) SELECT count(*) FILTER (WHERE state = 'Pending') FROM opened"  # noqa: S608
        ((due,),) = run(counted, parameters)
        return int(due)
    return sum(state == State.PENDING for (state,) in run(statement, parameters))


def _unless_kept(changed: str, kept: str) -> str:
    return f"CASE WHEN q.state IN {_KEPT} THEN {kept} ELSE {changed} END"
