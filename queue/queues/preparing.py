"""Between claim and start: read the records, check that they still match, render the requests."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from integrations.sources import SourceRow
from queues.claiming import Claimed
from queues.directions import Way, way_of
from queues.handlers import Prepared, Work
from queues.outcomes import Cancel, Outcome, Permanent
from queues.plans import Plan

log = structlog.get_logger(__name__)

GONE = "The record is gone."
MAX_CRASHES = 3
CRASHED = f"Its worker died {MAX_CRASHES} times while executing it."


@dataclass(slots=True)
class Execution:
    """A claimed item on its way: either something to execute, or an outcome that is known beforehand."""

    item: Claimed
    plan: Plan
    row: SourceRow | None = None
    work: Work | None = None
    prepared: Prepared | None = None
    outcome: Outcome | None = None
    started_on: datetime | None = None

    @property
    def is_suspect(self) -> bool:
        """Its worker died last time: it runs alone until it has finished once."""
        return self.item.crashes > 0


def prepare(items: Sequence[Claimed], plans: Mapping[int, Plan], now: datetime) -> list[Execution]:
    """One execution per item, in the order given."""
    rows = _read_rows(items, plans)
    return [
        _prepare_one(
            Execution(
                item, plans[item.client_integration_id], rows.get((item.client_integration_id, item.item_id))
            ),
            now,
        )
        for item in items
    ]


def _read_rows(items: Sequence[Claimed], plans: Mapping[int, Plan]) -> dict[tuple[int, str], SourceRow]:
    item_ids: dict[int, list[str]] = defaultdict(list)
    for item in items:
        item_ids[item.client_integration_id].append(item.item_id)
    wanted: dict[Way, list[tuple[Plan, list[str]]]] = defaultdict(list)
    for pk, ids in item_ids.items():
        wanted[way_of(plans[pk].integration)].append((plans[pk], ids))
    found: dict[tuple[int, str], SourceRow] = {}
    for way, parts in wanted.items():
        found |= way.read(parts)
    return found


def _prepare_one(execution: Execution, now: datetime) -> Execution:
    """One item that cannot be read or rendered takes none of the others with it."""
    try:
        execution.outcome = _settle_early(execution, now)
        if execution.outcome is None:
            render(execution)
    except Exception as error:
        log.exception("cannot_prepare", item=execution.item.pk)
        execution.outcome = Permanent(f"The item could not be prepared: {type(error).__name__}.")
    return execution


def _settle_early(execution: Execution, now: datetime) -> Outcome | None:
    if execution.item.crashes >= MAX_CRASHES:
        return Permanent(CRASHED)
    if execution.row is None:
        return Cancel(GONE)
    return way_of(execution.plan.integration).settle_early(execution.plan, execution.row, now)


def render(execution: Execution) -> None:
    """Renders the request under the item's present key.

    What was sent under a key must not change: when it does, this is a new cycle, with a key of its own.
    """
    work = execution.work = _work_of(execution)
    rendered = execution.plan.handler.prepare(work)
    if not isinstance(rendered, Prepared):
        execution.outcome = rendered
        return
    item = execution.item
    if item.rendered_hash and item.rendered_hash != rendered.fingerprint:
        item.cycle += 1
        item.attempt = 0
        item.rendered_hash = ""
        item.action_log_id = None
        render(execution)
        return
    item.rendered_hash = rendered.fingerprint
    execution.prepared = rendered


def _work_of(execution: Execution) -> Work:
    item = execution.item
    assert execution.row is not None  # noqa: S101  (without a row there is nothing to execute)
    return Work(item.idempotency_key, execution.row, execution.plan.terms, item.with_blanks)
