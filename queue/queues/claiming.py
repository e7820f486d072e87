"""Claiming: due rows become ours, under a lease, in one statement for all ClientIntegrations."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import chain

from django.conf import settings
from django.db import transaction
from django.db.models import Min, OuterRef, Subquery

from integrations import prepared
from integrations.models import Action, Client, ClientIntegration, Entity, Integration, System
from queues.limits import Limits, Load, is_full, keys, share_out
from queues.models import IntegrationQueue
from queues.sql import IS_PROCESSING, IS_WAITING, TABLE, adapted, moment, rows_cte, run, skip_locked
from queues.states import State


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
    blankless_cycle: int | None
    version: int

    @property
    def lease(self) -> "Lease":
        """Names this claim of the row: a later one has another number."""
        return self.pk, self.lease_no

    @property
    def idempotency_key(self) -> str:
        return f"{self.pk}-{self.cycle}"

    @property
    def with_blanks(self) -> bool:
        return self.blankless_cycle != self.cycle


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim came to.

    `contended`: there was work, and others were claiming for all of it. `full`: until something ends, no
    more of it may be in flight. `others`: how many items are in flight in other workers; None: nobody has
    looked.
    """

    rows: Sequence[Claimed] = ()
    contended: bool = False
    full: bool = False
    others: int | None = None


Lease = tuple[int, int]
# Unqualified: SQLite's RETURNING knows no aliases.
_COLUMNS = ", ".join("id" if field.name == "pk" else field.name for field in fields(Claimed))
_ACTIVATION, _INTEGRATION, _CLIENT, _SYSTEM, _ENTITY, _ACTION = (
    model._meta.db_table for model in (ClientIntegration, Integration, Client, System, Entity, Action)
)
_FIND_WORK = f"""
    SELECT ci.id, i.batch_size, i.parallel, i.strict_order, ci.client_id, i.system_id,
           c.max_in_flight, s.max_in_flight,
           ci.row_version, i.row_version, c.row_version, s.row_version, e.row_version, a.row_version
    FROM {_ACTIVATION} ci
    JOIN {_INTEGRATION} i ON i.id = ci.integration_id
    JOIN {_CLIENT} c ON c.id = ci.client_id
    JOIN {_SYSTEM} s ON s.id = i.system_id
    JOIN {_ENTITY} e ON e.id = i.entity_id
    LEFT JOIN {_ACTION} a ON a.id = i.action_id
    WHERE ci.runnable AND (
        SELECT q.due_at FROM {TABLE} q WHERE q.client_integration_id = ci.id AND q.due_at <= %s
        ORDER BY q.due_at LIMIT 1
    ) IS NOT NULL
"""  # noqa: S608  (only names of our own are put in, here and below)
_COUNT_IN_FLIGHT = f"""
    SELECT ci.id, ci.client_id, i.system_id, f.held, f.others
    FROM (
        SELECT q.client_integration_id, count(*) AS held,
               count(*) FILTER (WHERE q.lease_owner <> %s) AS others
        FROM {TABLE} q
        WHERE q.state = 'Processing' AND q.due_at > %s GROUP BY q.client_integration_id
    ) f
    JOIN {_ACTIVATION} ci ON ci.id = f.client_integration_id
    JOIN {_INTEGRATION} i ON i.id = ci.integration_id
"""  # noqa: S608
_RELEASED_COLUMNS = {"pk": "bigint", "lease_no": "integer", "message": "text"}


def lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.HUB_LEASE_SECONDS)


def find_work(now: datetime) -> list[Limits]:
    """The ClientIntegrations that have a claimable row."""
    return [_limits(*row) for row in prepared.fetch(_FIND_WORK, [adapted(now)])]


def _limits(
    pk: int, batch_size: int, parallel: bool, strict: bool, client: int, system: int, *more: int | None
) -> Limits:
    client_most, system_most, *versions = more
    made_of = tuple(version or 0 for version in versions)
    return Limits(
        pk, batch_size, bool(parallel), bool(strict), client, system, client_most, system_most, made_of
    )


def claim(work: Sequence[Limits], *, most: int, owner: str, now: datetime) -> Claim:
    """Takes up to `most` due rows of these ClientIntegrations, within their limits over all processes.

    Places are shared out in the order given. Rows come back in state Processing under a new `lease_no`, not
    yet started. A row whose last worker died while executing it comes back with `crashes` raised and that
    attempt refunded. What another process is claiming for right now is passed over.
    """
    with transaction.atomic(savepoint=False):  # all of the caller's transaction, or one of its own
        free = _lock(work)
        if not free:
            return Claim(contended=bool(work))
        load, others = _load(owner, now)
        shares = share_out(free, most, load)
        limits = {each.client_integration_id: each for each in free}
        chosen = {limits[pk]: count for pk, count in shares.items()}
        rows = _take(chosen, owner, now) if chosen else []
        taken = Counter(row.client_integration_id for row in rows)
        full = len(free) == len(work) and is_full(free, taken, load)
        return Claim(rows, full=full, others=others)


def _lock(work: Sequence[Limits]) -> list[Limits]:
    """Those for which we alone claim until the transaction ends, so that limits hold over all processes."""
    ours = _lock_rows(_ACTIVATION, {each.client_integration_id for each in work}, "AND runnable")
    clients = _lock_rows(_CLIENT, {each.client_id for each in work if each.client_most is not None})
    systems = _lock_rows(_SYSTEM, {each.system_id for each in work if each.system_most is not None})
    return [
        each
        for each in work
        if each.client_integration_id in ours
        and (each.client_most is None or each.client_id in clients)
        and (each.system_most is None or each.system_id in systems)
    ]


def _lock_rows(table: str, ids: set[int], condition: str = "") -> set[int]:
    if not ids:
        return set()
    listed = ", ".join(map(str, sorted(ids)))
    statement = f"SELECT id FROM {table} WHERE id IN ({listed}) {condition} {skip_locked('NO KEY UPDATE')}"  # noqa: S608
    return {pk for (pk,) in prepared.fetch(statement, [])}


def _load(owner: str, now: datetime) -> tuple[Load, int]:
    """All that is in flight, in whichever process, and how much of it is not the owner's."""
    load, others = Load(), 0
    for pk, client, system, held, not_ours in prepared.fetch(_COUNT_IN_FLIGHT, [owner, adapted(now)]):
        load.update(dict.fromkeys(keys(pk, client, system), held))
        others += not_ours
    return load, others


def _take(shares: Mapping[Limits, int], owner: str, now: datetime) -> list[Claimed]:
    choices = chain.from_iterable(_choices(limits, count) for limits, count in shares.items())
    parts = [(f"c{number}", choice) for number, choice in enumerate(choices)]
    chosen = ", ".join(f"{name} AS MATERIALIZED ({select})" for name, select in parts)
    union = " UNION ALL ".join(f"SELECT id AS chosen FROM {name}" for name, _ in parts)  # noqa: S608
    crashed = "q.state = 'Processing' AND q.started_on IS NOT NULL"
    statement = f"""
        WITH {chosen}
        UPDATE {TABLE} AS q SET
            crashes = q.crashes + CASE WHEN {crashed} THEN 1 ELSE 0 END,
            attempt = q.attempt - CASE WHEN {crashed} AND q.attempt > 0 THEN 1 ELSE 0 END,
            state = 'Processing', started_on = NULL, lease_owner = %(owner)s, lease_no = q.lease_no + 1,
            due_at = %(lease_end)s, row_version = q.row_version + 1, updated_on = %(now)s
        FROM ({union}) AS c WHERE q.id = c.chosen AND q.due_at <= %(now)s
        RETURNING {_COLUMNS}
    """  # noqa: S608
    parameters = {"owner": owner, "now": adapted(now), "lease_end": adapted(lease_end(now))}
    rows = [Claimed(*row) for row in prepared.fetch(statement, parameters)]
    for row in rows:
        row.item_updated_on = moment(row.item_updated_on)
    serial = {limits.client_integration_id for limits in shares if not limits.parallel}
    return sorted(rows, key=lambda row: _place(row, serial))  # RETURNING promises no order


def _choices(limits: Limits, count: int) -> Iterator[str]:
    """What failed together comes due together: a system on trial is asked with the newest as well."""
    newest = count // 2 if limits.on_trial and limits.parallel else 0
    yield _choose(limits, count - newest)
    if newest:
        yield _choose(limits, newest, newest=True)


def _choose(limits: Limits, count: int, *, newest: bool = False) -> str:
    """The rows to take of one ClientIntegration. Numbers are literals: a limit that is a parameter is planned
    for a tenth of the table."""
    if not limits.parallel:
        return _choose_next(limits)
    order = "due_at DESC, id DESC" if newest else "due_at, id"
    return f"""
        SELECT id FROM {TABLE} WHERE client_integration_id = {limits.client_integration_id}
          AND due_at <= %(now)s ORDER BY {order} LIMIT {count} {skip_locked()}
    """  # noqa: S608


def _choose_next(limits: Limits) -> str:
    """The one row whose turn it is: what is in progress comes first, though its lease may run yet."""
    own = f"SELECT id FROM {TABLE} WHERE client_integration_id = {limits.client_integration_id}"  # noqa: S608
    # By the index that is in order: SQLite would use one for a bare comparison, and sort the backlog.
    # In strict order it is the first row, due or not: while it waits, so does the rest.
    due = "" if limits.strict_order else "AND NOT due_at > %(now)s"
    return f"""
        SELECT id FROM {TABLE} WHERE id = COALESCE(
            ({own} AND state = 'Processing' LIMIT 1),
            ({own} AND due_at IS NOT NULL AND {IS_WAITING} {due} ORDER BY item_updated_on, item_id LIMIT 1)
        ) {skip_locked()}
    """  # noqa: S608


def _place(row: Claimed, serial: set[int]) -> tuple[object, ...]:
    if row.client_integration_id in serial:
        return row.client_integration_id, row.item_updated_on, row.item_id
    return row.client_integration_id, row.pk


def extend_leases(rows: Sequence[Claimed], *, owner: str, now: datetime) -> None:
    """The heartbeat: as long as we live, what we hold is not taken up by anyone else."""
    held = IntegrationQueue.objects.filter(
        pk__in=[row.pk for row in rows], lease_owner=owner, state=State.PROCESSING
    )
    held.update(due_at=lease_end(now))


def give_back(rows: Iterable[Claimed], *, now: datetime) -> int:
    """Gives back rows that were claimed and not started, uncharged. Returns how many were still ours."""
    return put_off({row.lease: None for row in rows}, due_at=now, now=now)


def put_off(reasons: Mapping[Lease, str | None], *, due_at: datetime, now: datetime) -> int:
    """As give_back, but nobody tries before `due_at`, and the rows say why where there is a reason."""
    if not reasons:
        return 0
    cte, parameters = rows_cte(_RELEASED_COLUMNS, [(*lease, reason) for lease, reason in reasons.items()])
    statement = f"""
        WITH {cte}
        UPDATE {TABLE} AS q SET
            state = CASE WHEN q.attempt > 0 THEN 'Retrying' ELSE 'Pending' END,
            due_at = CASE WHEN ci.runnable THEN %s END,
            message = COALESCE(v.message, q.message), lease_owner = '',
            updated_on = %s, row_version = q.row_version + 1
        FROM v, {_ACTIVATION} AS ci
        WHERE q.id = v.pk AND q.lease_no = v.lease_no AND {IS_PROCESSING} AND q.started_on IS NULL
          AND ci.id = q.client_integration_id
        RETURNING item_id
    """  # noqa: S608
    return len(run(statement, [*parameters, adapted(due_at), adapted(now)]))


def next_due(now: datetime) -> datetime | None:
    """When the next row becomes claimable, if any waits."""
    waiting = IntegrationQueue.objects.filter(client_integration=OuterRef("pk"), due_at__gt=now)
    first = Subquery(waiting.order_by("due_at").values("due_at")[:1])
    found: datetime | None = ClientIntegration.objects.runnable().aggregate(first=Min(first))["first"]
    return found
