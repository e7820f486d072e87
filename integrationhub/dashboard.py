"""The first page of the back office: is everything flowing, and if not, whose?"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from integrations.models import ClientIntegration
from queues.models import EngineBeat, IntegrationQueue
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


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    now = timezone.now()
    if request.user.has_perm("queue.view_integrationqueue"):
        context |= _queue(_counts())
    if request.user.has_perm("integrations.view_clientintegration"):
        context["problems"] = _problems()
    return context | {"states": list(State), "engine": _engine(now), "now": now}


Counts = dict[tuple[int, str], dict[str, int]]


def _counts() -> Counts:
    """(integration id, name) -> state -> number of items."""
    counts: Counts = defaultdict(dict)
    rows = IntegrationQueue.objects.order_by("integration__name", "integration_id")
    for row in rows.values("integration_id", "integration__name", "state").annotate(number=Count("id")):
        counts[row["integration_id"], row["integration__name"]][row["state"]] = row["number"]
    return counts


def _queue(counts: Counts) -> dict[str, Any]:
    return {"tiles": _tiles(counts), "lines": [_line(key, states) for key, states in counts.items()]}


def _tiles(counts: Counts) -> list[Tile]:
    totals: dict[str, int] = defaultdict(int)
    for states in counts.values():
        for state, number in states.items():
            totals[state] += number
    shown = (State.DEAD_LETTER, State.RETRYING, State.PENDING, State.PROCESSING, State.SUCCEEDED)
    return [Tile(state, totals[state], _address(state=state)) for state in shown]


def _line(key: tuple[int, str], states: dict[str, int]) -> Line:
    integration, name = key
    cells = [(state, states.get(state, 0), _address(integration=integration, state=state)) for state in State]
    return Line(name, reverse("admin:integrations_integration_change", args=[integration]), cells)


def _address(*, state: State, integration: int | None = None) -> str:
    chosen = "" if integration is None else f"&integration__id__exact={integration}"
    return f"{reverse(_QUEUE)}?state__exact={state}{chosen}"


def _problems() -> list[ClientIntegration]:
    troubled = ClientIntegration.objects.exclude(problem="").select_related("client", "integration")
    return list(troubled.defer("secret").order_by("problem_on")[:SHOWN_PROBLEMS])


def _engine(now: datetime) -> dict[str, Any]:
    """When any part of the engine was last seen, and whether that is too long ago."""
    seen_on = EngineBeat.objects.aggregate(last=Max("seen_on"))["last"]
    return {"seen_on": seen_on, "is_silent": seen_on is None or seen_on < now - SILENCE}
