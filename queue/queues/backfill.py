"""Executing once more what was updated from a date on: delivered items too, each as a new cycle."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from integrations import auditing, canonical, filters, publishing, sources
from integrations.errors import Refused
from integrations.models import ClientIntegration, IntegrationRun
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope
from queues import planning
from queues.acts import REOPENED
from queues.clock import database_now
from queues.enqueue import Opening, open_rows
from queues.matching import Matches, find
from queues.models import IntegrationQueue
from queues.states import WAITING, State
from queues.waking import wake_drains

SECONDS = 10.0
PAGE = 2000
# What ended by itself. What a person took out or set aside stays so.
_OPENED_AGAIN = (State.SUCCEEDED, State.DEAD_LETTER)
_LEFT = (State.PROCESSING, State.CANCELLED, State.ON_HOLD)


def preview(activation: ClientIntegration, since: datetime, *, now: datetime) -> Matches:
    """How many rows a backfill from this moment on would make due. Raises Refused."""
    _check(activation)
    ledger = IntegrationQueue.objects.filter(client_integration=activation, item_id=OuterRef("item_id"))
    as_due_as_can_be = Q(state__in=WAITING, item_updated_on__gte=OuterRef("item_updated_on"))
    rows = _rows(activation, since).exclude(Exists(ledger.filter(Q(state__in=_LEFT) | as_due_as_can_be)))
    return find(rows, filters.compiled(activation.integration), now=now, seconds=SECONDS)


def backfill(
    activation: ClientIntegration, since: datetime, *, now: datetime, by: Principal
) -> IntegrationRun:
    """Opens every matching record that was updated since, page by page. The run that stands for it
    says how many items it made due. Raises Refused or NotAllowed.
    """
    check_scope(by, Scope.OPERATE)
    check_acts_for(activation.client_id, by)
    _check(activation)
    with transaction.atomic():
        run = _start_run(activation, since, now=now, by=by)
        auditing.note("backfill", activation, by=by, now=now, since=since, run=run.pk)
    opening = Opening(activation, run.pk, now)
    for page in _pages(_rows(activation, since), opening):
        run.queued += _open(page, opening)
        run.touched_on = database_now()
        run.save(update_fields=["queued", "touched_on"])
    run.status, run.ended_on = IntegrationRun.Status.COMPLETED, database_now()
    run.save(update_fields=["status", "ended_on"])
    planning.analyze_after(run.queued)
    wake_drains()
    return run


def _check(activation: ClientIntegration) -> None:
    if not activation.integration.is_outbound:
        raise Refused("A backfill is for outbound integrations.")
    publishing.check_filter(activation.integration)


def _rows(activation: ClientIntegration, since: datetime) -> QuerySet[Any]:
    integration = activation.integration
    rows = sources.sendable(activation.client_id, integration.entity_id, integration.system_id)
    return rows.filter(item_updated_on__gte=since)


def _pages(rows: QuerySet[Any], opening: Opening) -> Iterator[QuerySet[Any]]:
    """The matching rows, page by page of their keys."""
    compiled = filters.compiled(opening.activation.integration)
    read = rows.order_by("pk").values_list("pk", *sources.columns(compiled.schema.entity))
    page = list(read[:PAGE])
    while page:
        matching = [pk for pk, *values in page if _matches(compiled, values, opening.now)]
        if matching:
            yield rows.filter(pk__in=matching)
        page = list(read.filter(pk__gt=page[-1][0])[:PAGE])


def _matches(compiled: filters.Compiled, values: Sequence[Any], now: datetime) -> bool:
    """A row that cannot be read is left out, as scans leave it out."""
    try:
        data = sources.data(compiled.schema.entity, values)
        return compiled.matches(canonical.typed(compiled.schema, data), now)
    except (ValueError, TypeError, ArithmeticError):
        return False


def _open(rows: QuerySet[Any], opening: Opening) -> int:
    """New rows and newer versions by the state table; then what is still settled, each as a new cycle."""
    activation = opening.activation
    with transaction.atomic():
        locked = ClientIntegration.objects.select_for_update(of=("self",)).filter(pk=activation.pk)
        activation.runnable = locked.values_list("runnable", flat=True).get()
        return open_rows(rows, opening) + _reopen(rows, opening)


def _reopen(rows: QuerySet[Any], opening: Opening) -> int:
    activation, now = opening.activation, opening.now
    settled = IntegrationQueue.objects.filter(client_integration=activation.pk, state__in=_OPENED_AGAIN)
    newest = rows.filter(item_id=OuterRef("item_id")).values("item_updated_on")
    return settled.filter(item_id__in=rows.values("item_id")).update(
        **REOPENED,
        state=State.PENDING,
        cycle=F("cycle") + 1,
        item_updated_on=Subquery(newest),
        due_at=now if activation.runnable else None,
        version=activation.integration.version,
        run=opening.run_id,
        updated_on=now,
        row_version=F("row_version") + 1,
    )


def _start_run(
    activation: ClientIntegration, since: datetime, *, now: datetime, by: Principal
) -> IntegrationRun:
    return IntegrationRun.objects.create(
        client_id=activation.client_id,
        client_integration_id=activation.pk,
        version=activation.integration.version,
        started_on=now,
        touched_on=now,
        message=f"Backfill from {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC by {by}."[:1000],
    )
