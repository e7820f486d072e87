"""Snapshots of the ledger for people, one row per ClientIntegration, taken by the tick."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from integrations.models import ClientIntegration, IntegrationRun
from queues.models import ActionLog, IntegrationQueue, OutcomeHour, StateSnapshot
from queues.models.numbers import COLUMNS
from queues.states import WAITING, State

# Partial indexes hold what is claimable and what is dead. To count the rest the whole ledger is read: so many
# rows are worth it every minute, ten times as many every ten minutes.
AFFORDED_A_MINUTE = 100_000

_CLAIMABLE = Q(due_at__isnull=False)
_DEAD = Q(state=State.DEAD_LETTER)
# Since when an item has failed: if given up, from then on; if it is tried again, since its first attempt.
_FIRST_TRIED = Subquery(ActionLog.objects.filter(pk=OuterRef("action_log_id")).values("started_on"))
_FAILING = (
    (State.DEAD_LETTER, _DEAD, Coalesce("finished_on", "updated_on")),
    (State.RETRYING, _CLAIMABLE & Q(state=State.RETRYING), Coalesce(_FIRST_TRIED, "updated_on")),
)
_IN_INDEXES = frozenset({State.PROCESSING, State.DEAD_LETTER})


@dataclass(slots=True)
class _Tally:
    """Of one ClientIntegration."""

    states: Counter[str] = field(default_factory=Counter)
    due: int = 0
    oldest_due: datetime | None = None
    failing_since: datetime | None = None

    def note_failing(self, since: datetime | None) -> None:
        self.failing_since = min(filter(None, (self.failing_since, since)), default=None)


_Tallies = defaultdict[int, _Tally]


def take(now: datetime) -> None:
    """Counts for all ClientIntegrations, in as many queries for a thousand as for one."""
    known = StateSnapshot.objects.in_bulk()
    whole = _is_whole_count_due(known.values(), now)
    tallies = _count(whole, now)
    snapshots = []
    for owner in _owners():
        snapshot = known.get(owner.pk) or StateSnapshot(pk=owner.pk, settled_on=now)
        _fill(snapshot, tallies[owner.pk], _counted_states(owner, whole))
        _date(snapshot, owner, now, whole=whole)
        snapshots.append(snapshot)
    _store(snapshots)


def _is_whole_count_due(known: Iterable[StateSnapshot], now: datetime) -> bool:
    snapshots = list(known)
    counted = sum(each.succeeded + each.cancelled + each.on_hold for each in snapshots)
    oldest = min((each.settled_on for each in snapshots), default=now)
    return now - oldest >= timedelta(minutes=counted // AFFORDED_A_MINUTE)


def _count(whole: bool, now: datetime) -> _Tallies:
    tallies = _Tallies(_Tally)
    parts = [_CLAIMABLE, _DEAD, ~_CLAIMABLE & ~_DEAD] if whole else [_CLAIMABLE, _DEAD]
    for part in parts:
        _add_counts(tallies, IntegrationQueue.objects.filter(part), now)
    _date_failures(tallies)
    return tallies


def _add_counts(tallies: _Tallies, rows: QuerySet[IntegrationQueue], now: datetime) -> None:
    # A sum: by the bare column SQLite would go through all rows in its order, and past the partial indexes.
    groups = rows.order_by().values("state", owner=F("client_integration_id") + 0)
    due = Count("due_at", filter=Q(due_at__lte=now, state__in=WAITING))
    for group in groups.annotate(number=Count("*"), due=due, oldest=Min("due_at")):
        tally = tallies[group["owner"]]
        tally.states[group["state"]] += group["number"]
        tally.due += group["due"]
        tally.oldest_due = min(filter(None, (tally.oldest_due, group["oldest"])), default=None)


def _date_failures(tallies: _Tallies) -> None:
    """Costs nothing while nothing fails, and then as much as fails."""
    for state, part, since in _FAILING:
        if any(tally.states[state] for tally in tallies.values()):
            rows = IntegrationQueue.objects.filter(part).order_by()
            for row in rows.values(owner=F("client_integration_id") + 0).annotate(since=Min(since)):
                tallies[row["owner"]].note_failing(row["since"])


class _Owner(NamedTuple):
    """A ClientIntegration, and the dates that tell whether anything still moves."""

    pk: int
    runnable: bool
    last_run_on: datetime | None
    last_delivered_on: datetime | None


def _owners() -> list[_Owner]:
    """Each date is the end of an index."""
    mine = {"client_integration": OuterRef("pk")}
    runs = IntegrationRun.objects.filter(**mine, status=IntegrationRun.Status.COMPLETED)
    hours = OutcomeHour.objects.filter(**mine, last_done_on__isnull=False)
    rows = ClientIntegration.objects.order_by("pk").values_list(
        "pk",
        "runnable",
        Subquery(runs.order_by("-ended_on").values("ended_on")[:1]),
        Subquery(hours.order_by("-hour").values("last_done_on")[:1]),
    )
    return [_Owner(*row) for row in rows]


def _counted_states(owner: _Owner, whole: bool) -> Collection[State]:
    """The states that were counted completely: what waits is claimable only where its owner is runnable."""
    if whole:
        return list(State)
    return _IN_INDEXES | WAITING if owner.runnable else _IN_INDEXES


def _fill(snapshot: StateSnapshot, tally: _Tally, states: Collection[State]) -> None:
    for state in states:
        setattr(snapshot, COLUMNS[state], tally.states[state])
    snapshot.due, snapshot.oldest_due = tally.due, tally.oldest_due
    snapshot.failing_since = tally.failing_since


def _date(snapshot: StateSnapshot, owner: _Owner, now: datetime, *, whole: bool) -> None:
    """What retention has removed is still remembered here."""
    snapshot.last_run_on = owner.last_run_on or snapshot.last_run_on
    snapshot.last_delivered_on = owner.last_delivered_on or snapshot.last_delivered_on
    if snapshot.oldest_due and snapshot.oldest_due > now:
        snapshot.oldest_due = None
    snapshot.taken_on = now
    if whole:
        snapshot.settled_on = now


def _store(snapshots: list[StateSnapshot]) -> None:
    columns = [column.name for column in StateSnapshot._meta.concrete_fields if not column.primary_key]
    StateSnapshot.objects.bulk_create(
        snapshots, update_conflicts=True, unique_fields=["client_integration"], update_fields=columns
    )
