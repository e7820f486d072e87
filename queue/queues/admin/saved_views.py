"""Looks at the queue that staff take every day: each a filter with a name, on a tab above the list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from queues.states import WAITING, State

PARAMETER = "view"
LATE = timedelta(minutes=10)
SILENT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class SavedView:
    """`chosen` at a moment is a filter as bulk jobs keep it: `state`, and `due_before`."""

    name: str
    title: str
    hint: str
    chosen: Callable[[datetime], Mapping[str, Any]]
    ordering: tuple[str, ...] = ("-id",)

    def narrow(self, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
        chosen = self.chosen(now)
        rows = rows.filter(state__in=chosen["state"])
        return rows.filter(due_at__lt=chosen["due_before"]) if "due_before" in chosen else rows


SAVED_VIEWS = {
    view.name: view
    for view in (
        SavedView(
            "due",
            "Due now",
            "To be taken by the next worker that is free; what waits longest comes first.",
            lambda now: {"state": sorted(WAITING), "due_before": now},
            ordering=("due_at", "-id"),
        ),
        SavedView(
            "waiting",
            "Waiting",
            "Due, or due later; what waits longest comes first.",
            lambda now: {"state": sorted(WAITING)},
            ordering=("due_at", "-id"),
        ),
        SavedView(
            "dead",
            "Dead letters",
            "Given up: each waits for a person, or for a newer version of its record.",
            lambda now: {"state": [State.DEAD_LETTER.value]},
        ),
        SavedView(
            "overdue",
            "Overdue",
            "Due for more than ten minutes and not taken yet; what waits longest comes first.",
            lambda now: {"state": sorted(WAITING), "due_before": now - LATE},
            ordering=("due_at", "-id"),
        ),
        SavedView(
            "stuck",
            "Stuck",
            "Taken by a worker whose lease ended more than two minutes ago, and by no other since.",
            lambda now: {"state": [State.PROCESSING.value], "due_before": now - SILENT},
            ordering=("due_at", "-id"),
        ),
        SavedView(
            "held",
            "On hold",
            "Set aside by a person, until somebody releases them.",
            lambda now: {"state": [State.ON_HOLD.value]},
        ),
    )
}


def chosen_view(request: HttpRequest) -> SavedView | None:
    return SAVED_VIEWS.get(request.GET.get(PARAMETER, ""))


class SavedViewFilter(DropdownFilter):  # type: ignore[misc]
    title = "saved view"
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(view.name, view.title) for view in SAVED_VIEWS.values()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        view = SAVED_VIEWS.get(self.value() or "")
        return view.narrow(rows, timezone.now()) if view else rows
