"""Executing named items of a connection once more, whatever came of them."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet

from integrations.errors import Conflict
from integrations.models import Connection, Record
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope
from queues.acts import Act, changes, legal_states
from queues.models import IntegrationQueue
from queues.states import WAITING, State
from queues.waking import wake_drains

_ACT = Act.RETRY_WITH_RESET


def resync_records(
    connection: Connection,
    record_ids: Sequence[int],
    *,
    with_blanks: bool = True,
    by: Principal,
    now: datetime,
) -> int:
    """Reopens the items of these records of the hub. Returns how many were reopened.

    Not `with_blanks`: a value that is blank on one side does not overwrite the one on the other.
    """
    records = Record.objects.filter(client=connection.client_id, pk__in=record_ids)
    rows = _items(connection).filter(
        item_id__in=records.filter(entity=OuterRef("integration__entity")).values("item_id")
    )
    return _reopen(connection, rows, with_blanks=with_blanks, by=by, now=now)


def resync_items(
    connection: Connection,
    item_ids: Sequence[str],
    *,
    entity_id: str | None,
    with_blanks: bool = True,
    by: Principal,
    now: datetime,
) -> int:
    """As resync_records, for the items with these keys: of one entity, or of all."""
    rows = _items(connection).filter(item_id__in=item_ids)
    if entity_id is not None:
        rows = rows.filter(integration__entity=entity_id)
    return _reopen(connection, rows, with_blanks=with_blanks, by=by, now=now)


def _items(connection: Connection) -> QuerySet[IntegrationQueue]:
    return IntegrationQueue.objects.filter(
        client=connection.client_id, integration__system=connection.system_id
    )


def _reopen(
    connection: Connection,
    rows: QuerySet[IntegrationQueue],
    *,
    with_blanks: bool,
    by: Principal,
    now: datetime,
) -> int:
    """As a person would retry each of them: what is due or under way already goes on as it is, unless what
    it is about to send is not what is asked for."""
    check_scope(by, Scope.OPERATE)
    check_acts_for(connection.client_id, by)
    if connection.deleted:
        raise Conflict("The connection is deleted.")
    chosen = IntegrationQueue.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))
    blankless = Q(blankless_cycle=F("cycle"))
    marked = {"blankless_cycle": None if with_blanks else F("cycle") + 1}
    changed = partial(changes, _ACT, actor=str(by), now=now)
    with transaction.atomic():
        otherwise = chosen.waiting().filter(blankless if with_blanks else ~blankless)
        count = otherwise.update(**changed(State.PENDING) | marked)
        count += chosen.filter(state=State.RETRYING).update(**changed(State.RETRYING))
        for state in sorted(legal_states(_ACT) - WAITING):
            count += chosen.filter(state=state).update(**changed(state) | marked)
        wake_drains()
    return count
