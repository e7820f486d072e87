"""The first page of the back office: is everything flowing, and if not, whose?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Min, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from integrations.models import ClientIntegration
from queues import pulses
from queues.models import EngineBeat, OutcomeHour, StateSnapshot
from queues.models.numbers import COLUMNS
from queues.states import State

SHOWN_PROBLEMS = 10
SILENCE = timedelta(minutes=2)
_QUEUE = "admin:queue_integrationqueue_changelist"


@dataclass(frozen=True, slots=True)
class Tile:
    state: State
    number: int
    link: str

    @property
    def is_bad(self) -> bool:
        return self.state == State.DEAD_LETTER and self.number > 0


@dataclass(frozen=True, slots=True)
class Line:
    """An integration with its items: (state, number, address of their list)."""

    name: str
    link: str
    cells: list[tuple[State, int, str]]


@dataclass(frozen=True, slots=True)
class LastDay:
    """What came of the attempts of the last 24 hours, counted by the hour."""

    done: int
    failed: int

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
        context["problems"] = _problems()
    return context | {"states": list(State), "engine": _engine(now), "now": now}


def _queue(now: datetime) -> dict[str, Any]:
    """Read from what the tick has counted, and as old as that: the queue itself is not counted for a page."""
    numbers = {column: Sum(column, default=0) for column in COLUMNS.values()}
    ages = {"oldest_due": Min("oldest_due"), "taken_on": Min("taken_on"), "settled_on": Min("settled_on")}
    totals = StateSnapshot.objects.aggregate(**numbers, **ages)
    return {
        "tiles": _tiles(totals),
        "lines": _lines(),
        "last_day": _last_day(now),
        **{name: totals[name] for name in ages},
    }


def _tiles(totals: Mapping[str, Any]) -> list[Tile]:
    shown = (State.DEAD_LETTER, State.RETRYING, State.PENDING, State.PROCESSING, State.SUCCEEDED)
    return [Tile(state, totals[COLUMNS[state]], _address(state=state)) for state in shown]


def _lines() -> list[Line]:
    """One for each integration that has items."""
    key = ("client_integration__integration_id", "client_integration__integration__name")
    numbers = {column: Sum(column) for column in COLUMNS.values()}
    rows = StateSnapshot.objects.values_list(*key).annotate(**numbers).order_by(*reversed(key))
    return [_line(pk, name, counts) for pk, name, *counts in rows if any(counts)]


def _line(integration: int, name: str, counts: list[int]) -> Line:
    cells = [
        (state, number, _address(integration=integration, state=state))
        for state, number in zip(COLUMNS, counts, strict=True)
    ]
    return Line(name, reverse("admin:integrations_integration_change", args=[integration]), cells)


def _last_day(now: datetime) -> LastDay:
    hours = OutcomeHour.objects.filter(hour__gt=now - timedelta(hours=24))
    sums = hours.aggregate(
        done=Sum("done", default=0), failed=Sum("retried", default=0) + Sum("dead", default=0)
    )
    return LastDay(**sums)


def _address(*, state: State, integration: int | None = None) -> str:
    chosen = "" if integration is None else f"&integration__id__exact={integration}"
    return f"{reverse(_QUEUE)}?state__exact={state}{chosen}"


def _problems() -> list[ClientIntegration]:
    troubled = ClientIntegration.objects.exclude(problem="").select_related("client", "integration")
    return list(troubled.defer("secret").order_by("problem_on")[:SHOWN_PROBLEMS])


def _engine(now: datetime) -> dict[str, Any]:
    """When any part of the engine was last seen, and whether that is too long ago."""
    answers = EngineBeat.objects.exclude(name=pulses.SENT)  # which the supervisor writes by itself
    seen_on = answers.aggregate(last=Max("seen_on"))["last"]
    return {"seen_on": seen_on, "is_silent": seen_on is None or seen_on < now - SILENCE}
