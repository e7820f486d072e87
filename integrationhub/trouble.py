"""Whose rows do not flow, since when, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, IntegerField, Min, Q, Sum, Value, When
from django.db.models.functions import Left
from django.urls import reverse

from integrations import ending
from integrations.models import ClientIntegration, Consent, EngineSwitch
from queues import pulses
from queues.models import EngineBeat, IntegrationQueue, OutcomeHour, StateSnapshot
from queues.states import State

SHOWN = 10
RUN_IS_LATE = timedelta(minutes=5)
LAGGING = timedelta(minutes=2)
FROZEN = timedelta(seconds=30)
_MESSAGES = 5000
# Lives while there is work for it: its silence is no sign.
_AT_TIMES = "bulk"
_FAILURES = 500


@dataclass(frozen=True, slots=True)
class Pair:
    """A client and an integration that is in trouble. `since` is when it began, as far as that is known;
    `last_failure` what an item of theirs that failed says, where it is among the newest."""

    activation: ClientIntegration
    snapshot: StateSnapshot | None
    success_rate: float | None
    failing_since: datetime | None
    last_failure: str = ""

    @property
    def since(self) -> datetime | None:
        oldest_due = self.snapshot and self.snapshot.oldest_due
        moments = (self.activation.problem_on, oldest_due, self.failing_since)
        return min((each for each in moments if each), default=None)

    @property
    def link(self) -> str:
        return reverse("admin:integrations_clientintegration_change", args=[self.activation.pk])

    @property
    def dead_link(self) -> str:
        items = reverse("admin:queue_integrationqueue_changelist")
        return f"{items}?view=dead&client_integration__id__exact={self.activation.pk}"


def worst_pairs(now: datetime) -> list[Pair]:
    """What cannot run comes first, then what has given up most, then what waits longest."""
    troubled = Q(snapshot__dead_letter__gt=0) | Q(snapshot__retrying__gt=0) | ~Q(problem="")
    broken = Case(When(problem="", then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = (
        ClientIntegration.objects.filter(troubled)
        .select_related("client", "integration", "snapshot")
        .defer("secret")
        .order_by(
            broken,
            F("snapshot__dead_letter").desc(nulls_last=True),
            F("snapshot__oldest_due").asc(nulls_last=True),
        )[:SHOWN]
    )
    activations = list(rows)
    records = _track_records([each.pk for each in activations], now)
    failures = _last_failures()
    return [
        Pair(
            each,
            getattr(each, "snapshot", None),
            *records.get(each.pk, (None, None)),
            last_failure=failures.get(each.pk, ""),
        )
        for each in activations
    ]


def _last_failures() -> dict[int, str]:
    """What went wrong last, by ClientIntegration: what is tried again, else what was given up. Of many rows,
    only the newest are read."""
    rows = IntegrationQueue.objects.order_by("-pk")
    with_message = rows.filter(message__isnull=False).values("pk")[:_MESSAGES]
    given_up = rows.filter(state=State.DEAD_LETTER)
    retrying = rows.filter(pk__in=with_message, state=State.RETRYING)
    found: dict[int, str] = {}
    for failed in (retrying, given_up):
        said = failed.values_list("client_integration", Left("message", 300))
        for activation, message in said[:_FAILURES]:
            found.setdefault(activation, message)
    return found


def _track_records(activations: list[int], now: datetime) -> dict[int, tuple[float | None, datetime | None]]:
    """How many per cent of the last 24 hours' attempts delivered, and the first hour of this week in which
    something was given up."""
    hours = OutcomeHour.objects.filter(client_integration__in=activations, hour__gt=now - timedelta(days=7))
    lately = Q(hour__gt=now - timedelta(hours=24))
    sums = {f"{name}_lately": Sum(name, filter=lately, default=0) for name in ("done", "retried", "dead")}
    rows = (
        hours.order_by()
        .values_list("client_integration")
        .annotate(**sums, since=Min("hour", filter=Q(dead__gt=0)))
    )
    return {
        pk: (100 * done / total if (total := done + retried + dead) else None, since)
        for pk, done, retried, dead, since in rows
    }


def late_runs(now: datetime) -> list[ClientIntegration]:
    """Those whose run has been due for a while: their watermark is stale."""
    late = ClientIntegration.objects.due(now - RUN_IS_LATE).select_related(
        "client", "integration", "snapshot"
    )
    return list(late.defer("secret").order_by("next_run_at")[:SHOWN])


def ending_consents(now: datetime) -> list[tuple[Consent, str]]:
    """Consents that somebody has to look after, each with what there is to do."""
    rows = ending.needing_somebody(now).select_related("client", "consent_type")
    return [(consent, ending.describe(consent, now)) for consent in rows[:SHOWN]]


def stalest() -> StateSnapshot | None:
    """Of the ClientIntegration that should run, and whose last completed run is the longest ago."""
    running = StateSnapshot.objects.filter(client_integration__runnable=True, last_run_on__isnull=False)
    related = running.select_related("client_integration__client", "client_integration__integration")
    return related.defer("client_integration__secret").order_by("last_run_on").first()


def stopped_clients() -> list[EngineSwitch]:
    """The switches of clients that have stopped their engine."""
    stopped = EngineSwitch.objects.filter(running=False, client__isnull=False).select_related("client")
    return list(stopped.order_by("switched_on")[:SHOWN])


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the engine, and when it was last seen."""

    name: str
    seen_on: datetime
    is_lagging: bool


@dataclass(frozen=True, slots=True)
class EngineHealth:
    parts: list[Part]
    seen_on: datetime | None
    is_silent: bool
    is_frozen: bool


def engine_health(now: datetime) -> EngineHealth:
    seen = dict(EngineBeat.objects.order_by("name").values_list("name", "seen_on"))
    sent = seen.pop(pulses.SENT, None)  # which the supervisor writes by itself
    last = max(seen.values(), default=None)
    return EngineHealth(
        parts=list(_parts(seen, now)),
        seen_on=last,
        is_silent=last is None or last < now - LAGGING,
        is_frozen=sent is not None and sent < now - FROZEN and (last is None or last < sent),
    )


def _parts(seen: dict[str, datetime], now: datetime) -> Iterator[Part]:
    for name, seen_on in seen.items():
        is_lagging = name != _AT_TIMES and seen_on < now - LAGGING
        yield Part(name, seen_on, is_lagging)
