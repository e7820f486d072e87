"""Whose rows do not flow, since when, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, F, IntegerField, Prefetch, Q, Sum, Value, When
from django.db.models.functions import Left
from django.urls import reverse

from integrations import ending, holdups
from integrations.models import ClientIntegration, Consent, EngineSwitch
from queues import pulses
from queues.models import Breaker, EngineBeat, IntegrationQueue, OutcomeHour, StateSnapshot
from queues.states import State

SHOWN = 10
RUN_IS_LATE = timedelta(minutes=5)
LAGGING = timedelta(minutes=2)
FROZEN = timedelta(seconds=30)
_MESSAGES = 5000
# They live while there is something to do for them: their silence is no sign.
_AT_TIMES = frozenset({"bulk", "scan"})
# Every hour, and for as long as it takes.
_HOURLY = frozenset({"retention"})
LATE_BY = timedelta(hours=3)
_TASKS = {
    "bulk": "acts on many items",
    "drain": "delivers items",
    "pulse": "tells that the workers answer",
    "retention": "deletes what is old",
    "scan": "looks for items",
    "tick": "starts runs and counts",
}
_FAILURES = 500


@dataclass(frozen=True, slots=True)
class Pair:
    """A client and an integration that is in trouble. `problem` is what keeps it from running, `last_failure`
    what an item of theirs that failed says, where it is among the newest."""

    activation: ClientIntegration
    snapshot: StateSnapshot | None
    success_rate: float | None
    problem: str
    stopped_on: datetime | None
    last_failure: str = ""

    @property
    def since(self) -> datetime | None:
        """When that began: what keeps it from running, else the oldest of what fails or waits."""
        if self.problem:
            return self.activation.problem_on or self.stopped_on
        if self.snapshot is None:
            return None
        moments = (self.snapshot.oldest_due, self.snapshot.failing_since)
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
    stopped = ~Q(problem="") | holdups.unwanted(now)
    troubled = Q(snapshot__dead_letter__gt=0) | Q(snapshot__retrying__gt=0) | stopped
    rows = (
        holdups.with_reasons(ClientIntegration.objects.filter(troubled), now)
        .select_related("snapshot")
        .order_by(
            Case(When(stopped, then=Value(0)), default=Value(1), output_field=IntegerField()),
            F("snapshot__dead_letter").desc(nulls_last=True),
            F("snapshot__oldest_due").asc(nulls_last=True),
        )[:SHOWN]
    )
    activations = list(rows)
    rates = _success_rates([each.pk for each in activations], now)
    failures = _last_failures()
    return [
        Pair(
            each,
            getattr(each, "snapshot", None),
            rates.get(each.pk),
            *_held_up(each, now),
            last_failure=failures.get(each.pk, ""),
        )
        for each in activations
    ]


def _held_up(activation: ClientIntegration, now: datetime) -> tuple[str, datetime | None]:
    """Why and since when."""
    trouble = holdups.trouble_of(activation, now)
    is_held_up = bool(trouble) and not activation.problem
    return trouble, holdups.since_of(activation, now) if is_held_up else None


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


def _success_rates(activations: list[int], now: datetime) -> dict[int, float]:
    """How many per cent of the last 24 hours' attempts delivered, where there were any."""
    hours = OutcomeHour.objects.filter(client_integration__in=activations, hour__gt=now - timedelta(hours=24))
    sums = {name: Sum(name) for name in ("done", "retried", "dead")}
    rows = hours.order_by().values_list("client_integration").annotate(**sums)
    return {pk: 100 * done / total for pk, done, retried, dead in rows if (total := done + retried + dead)}


def open_breakers() -> list[Breaker]:
    """Which client's calls to which system rest, or are tried with a few items; the oldest trouble first."""
    rows = Breaker.objects.filter(open_until__isnull=False).select_related("client", "system")
    return list(rows.defer("system__secret").order_by(F("failing_since").asc(nulls_last=True))[:SHOWN])


def late_runs(now: datetime) -> list[ClientIntegration]:
    """Those whose run has been due for a while: their watermark is stale."""
    late = ClientIntegration.objects.due(now - RUN_IS_LATE).select_related(
        "client", "integration", "snapshot"
    )
    return list(late.defer("secret").order_by("next_run_at")[:SHOWN])


@dataclass(frozen=True, slots=True)
class EndingConsent:
    """One that somebody has to look after, and where: on the page of an integration that needs it."""

    consent: Consent
    trouble: str
    user: ClientIntegration

    @property
    def link(self) -> str:
        return reverse("admin:integrations_clientintegration_change", args=[self.user.pk])


def ending_consents(now: datetime) -> list[EndingConsent]:
    asking = ClientIntegration.objects.filter(
        enabled=True, integration__consent_type=F("consent__consent_type")
    )
    users = asking.select_related("client", "integration")
    rows = ending.needing_somebody(now).select_related("client", "consent_type")
    shown = rows.prefetch_related(
        Prefetch("clientintegration_set", users.defer("secret").order_by("pk"), "in_use")
    )
    return [
        EndingConsent(consent, ending.describe(consent, now), consent.in_use[0]) for consent in shown[:SHOWN]
    ]


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

    @property
    def task(self) -> str:
        return _TASKS.get(self.name, "")


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
        patience = LATE_BY if name in _HOURLY else LAGGING
        yield Part(name, seen_on, is_lagging=name not in _AT_TIMES and seen_on < now - patience)
