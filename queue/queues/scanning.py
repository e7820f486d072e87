"""Finding what is due: the rows that match the filter and that the ledger has something to do for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import DataError, transaction
from django.db.models import QuerySet

from integrations import canonical, filters, sources
from integrations.models import ClientIntegration, IntegrationRun
from queues import planning
from queues.enqueue import Opening, open_rows, without_settled

PAGE = 2000
UNREADABLE_SHOWN = 5
# A row may be committed this long after the moment it carries as its arrival.
OVERLAP = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ScanReport:
    """How many rows became due, and the ids of rows that could not be read (the first few)."""

    queued: int
    unreadable: list[str]


def scan(
    activation: ClientIntegration, compiled: filters.Compiled, *, run: IntegrationRun, now: datetime
) -> ScanReport:
    """Queues what is due by the compiled filter, and moves the watermark when all of it is stored.

    Safe to repeat: a scan that was cut off is simply run again.
    """
    since = watermark(activation, compiled)
    opening = Opening(activation, run.pk, now)
    report = _queue(candidates(opening, since), compiled, opening, all_of_them=since is None)
    planning.analyze_after(report.queued)
    if not report.unreadable:
        rows = ClientIntegration.objects.filter(pk=activation.pk)
        rows.update(scanned_to=now, scanned_as=_signature(activation))
    return report


def candidates(opening: Opening, since: datetime | None) -> QuerySet[Any]:
    """The rows a scan looks at: those that arrived since then and that the ledger has not settled."""
    activation = opening.activation
    integration = activation.integration
    rows = sources.sendable(activation.client_id, integration.entity_id, integration.system_id)
    if since is not None:
        rows = rows.filter(stored_on__gte=since - OVERLAP)
    return without_settled(rows, opening)


def watermark(activation: ClientIntegration, compiled: filters.Compiled) -> datetime | None:
    """From which arrival on rows can have become due; None: any row can have."""
    integration = activation.integration
    depends_on_more = compiled.reads_clock or compiled.reads_navigation or integration.continuous
    if (
        depends_on_more
        or not sources.knows_arrival(integration.entity_id)
        or activation.scanned_as != _signature(activation)
    ):
        return None
    return activation.scanned_to


def _signature(activation: ClientIntegration) -> str:
    """Names definition, entity and activation: the watermark holds only while none of them changes."""
    integration = activation.integration
    parts = (
        integration.version,
        integration.filter,
        integration.entity.row_version,
        activation.activation_no,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _queue(
    candidates: QuerySet[Any], compiled: filters.Compiled, opening: Opening, *, all_of_them: bool
) -> ScanReport:
    split = compiled.split(opening.now)
    narrowed = candidates if split.condition is None else candidates.filter(split.condition)
    try:
        if split.residual is not None:
            return _queue_pages(narrowed, compiled, opening)
        with transaction.atomic():
            if all_of_them:
                planning.expect_many()
            return ScanReport(open_rows(narrowed, opening), [])
    except DataError:
        # A row that is not of its entity's types breaks the statement; read by itself, it breaks only itself.
        return _queue_pages(candidates, compiled, opening)


def _queue_pages(candidates: QuerySet[Any], compiled: filters.Compiled, opening: Opening) -> ScanReport:
    """Page by page, by key: a queued row is not a candidate any more, so offsets would skip rows."""
    queued, unreadable = 0, []
    rest: QuerySet[Any] | None = candidates
    while rest is not None:
        with transaction.atomic():
            page = _queue_page(rest, compiled, opening)
        queued += page.queued
        unreadable += page.unreadable
        rest = None if page.last is None else candidates.filter(pk__gt=page.last)
    return ScanReport(queued, unreadable[:UNREADABLE_SHOWN])


class _Page(NamedTuple):
    last: Any
    queued: int
    unreadable: list[str]


def _queue_page(candidates: QuerySet[Any], compiled: filters.Compiled, opening: Opening) -> _Page:
    activation, entity_id = opening.activation, compiled.schema.entity
    rows = list(candidates.order_by("pk").values_list("pk", "item_id", *sources.columns(entity_id))[:PAGE])
    matching, unreadable = [], []
    for pk, item_id, *values in rows:
        try:
            row = canonical.typed(compiled.schema, sources.data(entity_id, values))
            if compiled.matches(row, opening.now):
                matching.append(pk)
        except (ValueError, TypeError, ArithmeticError):
            unreadable.append(item_id)
    found = sources.rows(activation.client_id, entity_id).filter(pk__in=matching)
    queued = open_rows(found, opening) if matching else 0
    return _Page(rows[-1][0] if rows else None, queued, unreadable)
