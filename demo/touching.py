"""Giving records of the demo a new version, so that they are delivered again."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When

from demo.definitions import SENDINGS
from integrations import canonical, filters, records
from integrations.models import ClientIntegration, Record
from queues.models import IntegrationQueue
from queues.states import SETTLED, State

_NEXT_VERSION = timedelta(milliseconds=1)


def touch(count: int, *, now: datetime) -> int:
    """Give so many random records a new version; how many it were, less only where there are not so many.

    They are records that their integration delivers again and that its filter finds: those delivered already
    come first, and those that wait for a person are left alone.
    """
    left = count
    for activation in _repeating_activations():
        chosen = list(islice(_choose(activation, now), left))
        rows = [_renew(record, activation, now) for record in chosen]
        records.store(activation.client, activation.integration.entity, rows, now=now)
        left -= len(rows)
    return count - left


def _repeating_activations() -> QuerySet[ClientIntegration]:
    """Not the continuous ones: they deliver again by themselves, and that would tell nothing."""
    return (
        ClientIntegration.objects.runnable()
        .filter(
            integration__owner=None,
            integration__name__in=[sending.name for sending in SENDINGS],
            integration__include_update=True,
            integration__continuous=False,
        )
        .select_related("client", "integration__entity")
    )


def _choose(activation: ClientIntegration, now: datetime) -> Iterator[Record]:
    compiled = filters.compiled(activation.integration)
    schema = activation.integration.entity.schema()
    for record in _candidates(activation).iterator():
        if compiled.matches(canonical.typed(schema, record.data), now):
            yield record


def _candidates(activation: ClientIntegration) -> QuerySet[Record]:
    row = IntegrationQueue.objects.filter(client_integration=activation, item_id=OuterRef("item_id"))
    held = SETTLED - {State.SUCCEEDED} | {State.ON_HOLD}
    return (
        Record.objects.for_client(activation.client)
        .filter(entity=activation.integration.entity)
        .annotate(state=Subquery(row.values("state")[:1]))
        .filter(Q(state=None) | ~Q(state__in=list(held)))
        .order_by(Case(When(state=State.SUCCEEDED, then=Value(0)), default=Value(1)), "?")
    )


def _renew(record: Record, activation: ClientIntegration, now: datetime) -> Mapping[str, Any]:
    """The same row, changed now; later than before even where its last change lies ahead of us."""
    changed_on = max(now, record.item_updated_on + _NEXT_VERSION)
    return {**record.data, activation.integration.entity.updated_on_property: changed_on}
