"""Systems that do not answer or do not let the hub in, and how their rest is ended."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import age, alarm, column
from integrations.admin.verbs import Verb, VerbsAdmin
from queues import breaking
from queues.models import Breaker


def _is_resting(breaker: Breaker) -> bool:
    return breaker.open_until is not None and breaker.open_until > timezone.now()


@admin.register(Breaker)
class BreakerAdmin(VerbsAdmin, ReadOnlyAdmin):
    """One that is open lets nothing through; five failures in a row open it, one answer closes it."""

    none_yet = (
        "All systems can be reached. One that fails again and again is given a rest, and is listed here."
    )
    verbs = {
        "ask": Verb(
            "Try a few items now",
            "asked again: if the system answers, everything is sent",
            breaking.ask_now,
            fits=_is_resting,
            is_audited=True,
        ),
        "close": Verb(
            "Send everything again",
            "closed: everything is sent again",
            breaking.close,
            fits=lambda row: True,
            warning="Everything that waits for the system is sent at once, answer or not. Send it?",
            is_audited=True,
        ),
    }
    change_form_template = "admin/breaker.html"
    list_display = ["client", "system", "state", "since", "why", "next_try", "failures"]
    list_select_related = ["client", "system"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fieldsets = [
        (None, {"fields": ["client", "system", "state"]}),
        ("How long", {"fields": ["failing_since", "failures", "openings", "open_until"]}),
    ]
    readonly_fields = ["state"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Breaker]:
        rows: QuerySet[Breaker] = super().get_queryset(request).select_related("client", "system")
        return rows.defer("system__secret")

    def page_context(self, request: HttpRequest, row: Breaker) -> dict[str, Any]:
        return {**super().page_context(request, row), "trips_at": breaking.TRIPS_AT}

    @column("State", label={"Open": "danger", "Next items tell": "warning", "Closed": "success"})
    def state(self, row: Breaker) -> str:
        if row.open_until is None:
            return "Closed"
        return "Open" if _is_resting(row) else "Next items tell"

    @column("Failing for")
    def since(self, row: Breaker) -> str | None:
        return age(row.failing_since, timezone.now())

    @column("Why")
    def why(self, row: Breaker) -> Any:
        return alarm(row.reason) if row.reason else None

    @column("Tried next")
    def next_try(self, row: Breaker) -> str | None:
        return age(row.open_until, timezone.now()) if _is_resting(row) else None
