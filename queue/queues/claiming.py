"""Claiming: due rows become ours, under a lease, in one statement per ClientIntegration."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Subquery

from integrations.models import ClientIntegration
from queues import rollups
from queues.models import IntegrationQueue
from queues.sql import TABLE, adapted, moment, run, skip_locked
from queues.states import State

MAX_CRASHES = 3
CRASHED = f"Its worker died {MAX_CRASHES} times while executing it."


@dataclass(frozen=True, slots=True)
class Limits:
    """What a definition allows at once for one ClientIntegration."""

    client_integration_id: int
    batch_size: int
    parallel: bool
    strict_order: bool
    client_id: int
    system_id: int

    @property
    def in_flight(self) -> int:
        return self.batch_size if self.parallel else 1


@dataclass(slots=True)
class Claimed:
    """A row under our lease, as it was claimed."""

    pk: int
    client_integration_id: int
    client_id: int
    item_id: str
    item_updated_on: datetime
    attempt: int
    cycle: int
    crashes: int
    lease_no: int
    rendered_hash: str
    action_log_id: int | None
    version: int

    @property
    def idempotency_key(self) -> str:
        return f"{self.pk}-{self.cycle}"


# Unqualified: SQLite's RETURNING knows no aliases.
_COLUMNS = ", ".join("id" if field.name == "pk" else field.name for field in fields(Claimed))


def lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.HUB_LEASE_SECONDS)


def find_work(now: datetime) -> list[Limits]:
    """The ClientIntegrations that have a claimable row."""
    due = IntegrationQueue.objects.due(now).filter(client_integration=OuterRef("pk"))
    found = ClientIntegration.objects.runnable().filter(Exists(due)).order_by()
    return [
        Limits(*row)
        for row in found.values_list(
            "pk",
            "integration__batch_size",
            "integration__parallel",
            "integration__strict_order",
            "client_id",
            "integration__system_id",
        )
    ]


def claim(limits: Limits, *, most: int, owner: str, now: datetime) -> list[Claimed]:
    """Takes up to `most` due rows of one ClientIntegration, within its limits over all processes.

    Rows come back in state Processing under a new `lease_no`, not yet started. A row whose last worker died
    while executing it comes back with `crashes` raised and that attempt refunded; at MAX_CRASHES it is
    dead-lettered instead. An empty answer also means: another process is claiming here right now.
    """
    with transaction.atomic():
        if not _lock(limits.client_integration_id):
            return []
        room = limits.in_flight - _under_lease(limits.client_integration_id, now)
        if room <= 0 or most <= 0:
            return []
        rows = _take(limits, min(room, most), owner, now)
        return _without_poison(rows, now)


def _lock(client_integration_id: int) -> bool:
    """Only one process at a time claims for a ClientIntegration, so that its limits hold over all of them."""
    locked = ClientIntegration.objects.runnable().filter(pk=client_integration_id).order_by()
    return bool(locked.select_for_update(skip_locked=True, no_key=True).values_list("pk"))


def _under_lease(client_integration_id: int, now: datetime) -> int:
    return IntegrationQueue.objects.filter(
        client_integration=client_integration_id, state=State.PROCESSING, due_at__gt=now
    ).count()


def _take(limits: Limits, count: int, owner: str, now: datetime) -> list[Claimed]:
    order = "due_at, id" if limits.parallel else "item_updated_on, item_id"
    # Strict order looks at the first open row alone, due or not: while it waits, everything behind it does.
    due = "due_at IS NOT NULL" if limits.strict_order and not limits.parallel else "due_at <= %(now)s"
    crashed = "q.state = 'Processing' AND q.started_on IS NOT NULL"
    # The limit is a literal: as a parameter it is planned for a tenth of the table.
    statement = f"""
        WITH c AS MATERIALIZED (
            SELECT id AS chosen FROM {TABLE} WHERE client_integration_id = %(ci)s AND {due}
            ORDER BY {order} LIMIT {int(count)} {skip_locked()}
        )
        UPDATE {TABLE} AS q SET
            crashes = q.crashes + CASE WHEN {crashed} THEN 1 ELSE 0 END,
            attempt = q.attempt - CASE WHEN {crashed} AND q.attempt > 0 THEN 1 ELSE 0 END,
            state = 'Processing', started_on = NULL, lease_owner = %(owner)s, lease_no = q.lease_no + 1,
            due_at = %(lease_end)s, row_version = q.row_version + 1, updated_on = %(now)s
        FROM c WHERE q.id = c.chosen AND q.due_at <= %(now)s
        RETURNING {_COLUMNS}
    """  # noqa: S608  (only names and an integer are put in)
    parameters = {
        "ci": limits.client_integration_id,
        "owner": owner,
        "now": adapted(now),
        "lease_end": adapted(lease_end(now)),
    }
    rows = [Claimed(*row) for row in run(statement, parameters)]
    for row in rows:
        row.item_updated_on = moment(row.item_updated_on)
    # RETURNING promises no order.
    if limits.parallel:
        return sorted(rows, key=lambda row: row.pk)
    return sorted(rows, key=lambda row: (row.item_updated_on, row.item_id))


def _without_poison(rows: Sequence[Claimed], now: datetime) -> list[Claimed]:
    poison = [row for row in rows if row.crashes >= MAX_CRASHES]
    if poison:
        rollups.count_poison(poison, now)
        IntegrationQueue.objects.filter(pk__in=[row.pk for row in poison]).update(
            state=State.DEAD_LETTER,
            message=CRASHED,
            due_at=None,
            finished_on=now,
            updated_on=now,
            row_version=F("row_version") + 1,
        )
    return [row for row in rows if row.crashes < MAX_CRASHES]


def extend_leases(rows: Sequence[Claimed], *, owner: str, now: datetime) -> None:
    """The heartbeat: as long as we live, what we hold is not taken up by anyone else."""
    held = IntegrationQueue.objects.filter(
        pk__in=[row.pk for row in rows], lease_owner=owner, state=State.PROCESSING
    )
    held.update(due_at=lease_end(now))


def release(rows: Sequence[Claimed], *, owner: str, now: datetime) -> int:
    """Gives back rows that were claimed and not started, uncharged. Returns how many were still ours."""
    ours = IntegrationQueue.objects.filter(
        pk__in=[row.pk for row in rows], lease_owner=owner, state=State.PROCESSING, started_on=None
    )
    values = {"due_at": now, "lease_owner": "", "updated_on": now, "row_version": F("row_version") + 1}
    with transaction.atomic():
        retrying = ours.filter(attempt__gt=0).update(state=State.RETRYING, **values)
        return retrying + ours.update(state=State.PENDING, **values)


def next_due(now: datetime) -> datetime | None:
    """When the next row becomes claimable, if any waits."""
    waiting = IntegrationQueue.objects.filter(client_integration=OuterRef("pk"), due_at__gt=now)
    first = Subquery(waiting.order_by("due_at").values("due_at")[:1])
    found: datetime | None = ClientIntegration.objects.runnable().aggregate(first=Min(first))["first"]
    return found


def put_off(rows: Sequence[Claimed], *, owner: str, now: datetime, seconds: float) -> int:
    """As release, but for `seconds` nobody tries again."""
    return release(rows, owner=owner, now=now + timedelta(seconds=seconds))
