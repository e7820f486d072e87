"""Executing named items of a connection once more, whatever came of them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet

from integrations.errors import Conflict
from integrations.models import Connection, Record
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope
from queues.acts import Act, changes, legal_states
from queues.models import IntegrationQueue
from queues.waking import wake_drains

_ACT = Act.RETRY_WITH_RESET


def resync_records(connection: Connection, record_ids: Sequence[int], *, by: Principal, now: datetime) -> int:
    """Reopens the items of these records of the hub. Returns how many were reopened."""
    records = Record.objects.filter(client=connection.client_id, pk__in=record_ids)
    rows = _items(connection).filter(
        item_id__in=records.filter(entity=OuterRef("integration__entity")).values("item_id")
    )
    return _reopen(connection, rows, by, now)


def resync_items(
    connection: Connection, item_ids: Sequence[str], *, entity_id: str | None, by: Principal, now: datetime
) -> int:
    """Reopens the items with these keys, of one entity or of all. Returns how many were reopened."""
    rows = _items(connection).filter(item_id__in=item_ids)
    if entity_id is not None:
        rows = rows.filter(integration__entity=entity_id)
    return _reopen(connection, rows, by, now)


def _items(connection: Connection) -> QuerySet[IntegrationQueue]:
    return IntegrationQueue.objects.filter(
        client=connection.client_id, integration__system=connection.system_id
    )


def _reopen(connection: Connection, rows: QuerySet[IntegrationQueue], by: Principal, now: datetime) -> int:
    """As a person would retry each of them: what is due or under way already goes on as it is."""
    check_scope(by, Scope.OPERATE)
    check_acts_for(connection.client_id, by)
    if connection.deleted:
        raise Conflict("The connection is deleted.")
    keys = list(rows.values_list("pk", flat=True))
    with transaction.atomic():
        count = 0
        for state in sorted(legal_states(_ACT)):
            chosen = IntegrationQueue.objects.filter(pk__in=keys, state=state)
            count += chosen.update(**changes(_ACT, state, actor=str(by), now=now))
        wake_drains()
    return count
