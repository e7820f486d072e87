"""Finding what is due: the rows that match the filter and that the ledger has something to do for."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DataError, transaction
from django.db.models import QuerySet

from integrations import canonical, filters, sources
from integrations.models import ClientIntegration, IntegrationRun
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


def scan(activation: ClientIntegration, run: IntegrationRun, now: datetime) -> ScanReport:
    """Queues what is due, and moves the watermark when all of it is stored.

    Safe to repeat: a scan that was cut off is simply run again. Raises ExpressionError for a filter that does
    not compile.
    """
    compiled = filters.compiled(activation.integration)
    signature = _signature(activation)
    candidates = sources.rows(activation.client_id, activation.integration.entity_id)
    since = _watermark(activation, compiled, signature)
    if since is not None:
        candidates = candidates.filter(stored_on__gte=since - OVERLAP)
    opening = Opening(activation, run.pk, now)
    report = _queue(without_settled(candidates, opening), compiled, opening)
    if not report.unreadable:
        ClientIntegration.objects.filter(pk=activation.pk).update(scanned_to=now, scanned_as=signature)
    return report


def _watermark(activation: ClientIntegration, compiled: filters.Compiled, signature: str) -> datetime | None:
    """From which arrival on rows can have become due; None: any row can have."""
    depends_on_more = compiled.reads_clock or compiled.reads_navigation or activation.integration.continuous
    if depends_on_more or activation.scanned_as != signature:
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


def _queue(candidates: QuerySet[Any], compiled: filters.Compiled, opening: Opening) -> ScanReport:
    split = compiled.split(opening.now)
    narrowed = candidates if split.condition is None else candidates.filter(split.condition)
    try:
        with transaction.atomic():
            if split.residual is None:
                return ScanReport(open_rows(narrowed, opening), [])
            return _queue_pages(narrowed, compiled, opening)
    except DataError:
        # A row that is not of its entity's types breaks the statement; read by itself, it breaks only itself.
        return _queue_pages(candidates, compiled, opening)


def _queue_pages(candidates: QuerySet[Any], compiled: filters.Compiled, opening: Opening) -> ScanReport:
    schema = opening.activation.integration.entity.schema()
    queued, unreadable = 0, []
    for page in _pages(candidates):
        matching = []
        for pk, item_id, data in page:
            try:
                if compiled.matches(canonical.typed(schema, data), opening.now):
                    matching.append(pk)
            except (ValueError, TypeError, ArithmeticError):
                unreadable.append(item_id)
        if matching:
            queued += open_rows(candidates.model._default_manager.filter(pk__in=matching), opening)
    return ScanReport(queued, unreadable[:UNREADABLE_SHOWN])


def _pages(candidates: QuerySet[Any]) -> Iterator[list[tuple[int, str, dict[str, Any]]]]:
    """(key, item id, data) by key: a queued row is not a candidate any more, so offsets would skip rows."""
    last = 0
    while page := list(
        candidates.filter(pk__gt=last).order_by("pk").values_list("pk", "item_id", "data")[:PAGE]
    ):
        yield page
        last = page[-1][0]
