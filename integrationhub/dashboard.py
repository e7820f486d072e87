"""The first page of the back office: is everything flowing, and if not, whose, since when, why?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max, Min, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from integrationhub import charts
from integrationhub.first_steps import steps
from integrationhub.trouble import (
    ending_consents,
    engine_health,
    late_runs,
    open_breakers,
    stalest,
    stopped_clients,
    worst_pairs,
)
from integrations.admin.engines import engine_context
from integrations.ages import brief
from queues.admin.saved_views import LATE
from queues.admin.tiles import Tile, counted, items_address
from queues.models import ActionAttempt, OutcomeHour, StateSnapshot
from queues.models.numbers import COLUMNS
from queues.states import State

_OUTCOMES = {"done": "delivered", "retried": "to be retried", "dead": "given up"}
GOOD_RATE = 95.0


@dataclass(frozen=True, slots=True)
class Line:
    """An integration with its items: (state, number, address of their list)."""

    name: str
    link: str
    cells: list[tuple[State, int, str]]


@dataclass(frozen=True, slots=True)
class LastDay:
    """What came of the attempts of the last 24 hours, counted by the hour."""

    bars: list[charts.Bar]
    done: int
    failed: int

    @property
    def highest(self) -> int:
        """The attempts of the hour that had most."""
        return max(bar.total for bar in self.bars)

    @property
    def attempts(self) -> int:
        return self.done + self.failed

    @property
    def success_rate(self) -> float | None:
        """In per cent; None without an attempt."""
        return 100 * self.done / self.attempts if self.attempts else None


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    now = timezone.now()
    if request.user.has_perm("queue.view_integrationqueue"):
        context |= _queue(now)
    if request.user.has_perm("integrations.view_clientintegration"):
        context |= {"pairs": worst_pairs(now), "late": late_runs(now)}
    if request.user.has_perm("queue.view_breaker"):
        context["breakers"] = open_breakers()
    if request.user.has_perm("integrations.view_consent"):
        context["consents"] = ending_consents(now)
    if request.user.has_perm("integrations.add_integration"):
        context["steps"] = steps()
    context |= engine_context(request, None) | {"stopped": stopped_clients()}
    return context | {"states": list(State), "engine": engine_health(now), "now": now}


def _queue(now: datetime) -> dict[str, Any]:
    """Read from what the tick has counted, and as old as that: the queue itself is not counted for a page."""
    numbers = {column: Sum(column, default=0) for column in (*COLUMNS.values(), "due")}
    ages = {
        "oldest_due": Min("oldest_due"),
        "taken_on": Min("taken_on"),
        "settled_on": Min("settled_on"),
        "delivered_on": Max("last_delivered_on"),
    }
    totals = StateSnapshot.objects.aggregate(**numbers, **ages)
    last_day = _last_day(now)
    return {
        "tiles": _tiles(totals, last_day, now),
        "lines": _lines(),
        "last_day": last_day,
        "outcomes": _OUTCOMES,
        "chart": {"width": charts.WIDTH, "height": charts.HEIGHT},
        **{name: totals[name] for name in ages},
    }


def _tiles(totals: Mapping[str, Any], last_day: LastDay, now: datetime) -> list[Tile]:
    waiting = totals["pending"] + totals["retrying"]
    dead, oldest, rate = totals["dead_letter"], totals["oldest_due"], last_day.success_rate
    return [
        Tile(
            "Due now",
            counted(totals["due"]),
            items_address(view="due"),
            hint=f"of {counted(waiting)} that wait" if waiting else "",
        ),
        Tile("In flight", counted(totals["processing"]), items_address(state__exact=State.PROCESSING.value)),
        Tile("Dead letters", counted(dead), items_address(view="dead"), is_bad=dead > 0),
        Tile(
            "Oldest waiting",
            brief(oldest, now) if oldest else "none",
            items_address(view="due"),
            is_bad=bool(oldest and oldest < now - LATE),
        ),
        Tile(
            "Succeeded in 24\N{NO-BREAK SPACE}h",
            "none" if rate is None else f"{rate:.1f} %",
            f"{reverse('admin:queue_actionattempt_changelist')}?{_delivered_since(_first_hour(now))}",
            is_bad=rate is not None and rate < GOOD_RATE,
            hint=f"{counted(last_day.done)} of {counted(last_day.attempts)} attempts",
        ),
        *_freshness(now),
    ]


def _freshness(now: datetime) -> Iterator[Tile]:
    """How old what a system has of a client may be: since the last run that was completed."""
    snapshot = stalest()
    if snapshot is not None and snapshot.last_run_on is not None:
        activation = snapshot.client_integration
        link = reverse("admin:integrations_clientintegration_change", args=[activation.pk])
        yield Tile("Stalest", brief(snapshot.last_run_on, now), link, hint=str(activation))


def _lines() -> list[Line]:
    """One for each integration that has items."""
    key = ("client_integration__integration_id", "client_integration__integration__name")
    numbers = {column: Sum(column) for column in COLUMNS.values()}
    rows = StateSnapshot.objects.values_list(*key).annotate(**numbers).order_by(*reversed(key))
    return [_line(pk, name, counts) for pk, name, *counts in rows if any(counts)]


def _line(integration: int, name: str, counts: list[int]) -> Line:
    cells = [
        (state, number, items_address(state__exact=state.value, integration__id__exact=integration))
        for state, number in zip(COLUMNS, counts, strict=True)
    ]
    return Line(name, reverse("admin:integrations_integration_change", args=[integration]), cells)


def _last_day(now: datetime) -> LastDay:
    """Hours in which nothing was tried have a bar, too: an empty one."""
    hours = [_first_hour(now) + timedelta(hours=number) for number in range(24)]
    totals = {name: Sum(name) for name in _OUTCOMES}
    rows = OutcomeHour.objects.filter(hour__gte=hours[0]).order_by().values_list("hour").annotate(**totals)
    counted = {hour: dict(zip(_OUTCOMES.values(), sums, strict=True)) for hour, *sums in rows}
    nothing = dict.fromkeys(_OUTCOMES.values(), 0)
    numbers = [(f"{hour:%H:%M}", counted.get(hour, nothing)) for hour in hours]
    done, *failed = (sum(each[word] for _, each in numbers) for word in _OUTCOMES.values())
    return LastDay(charts.stacked(numbers), done, sum(failed))


def _first_hour(now: datetime) -> datetime:
    """Of the 24 that end with the one that it is now."""
    return now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)


def _delivered_since(moment: datetime) -> str:
    """A query of the list of attempts."""
    begun = {"started_on_from_0": f"{moment:%Y-%m-%d}", "started_on_from_1": f"{moment:%H:%M:%S}"}
    return urlencode({"outcome__exact": ActionAttempt.Outcome.DONE.value, **begun})
