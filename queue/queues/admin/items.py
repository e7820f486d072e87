from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    FieldTextFilter,
    RangeDateTimeFilter,
    SingleNumericFilter,
)

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import column, shortened
from integrations.admin.verbs import Verb, VerbsAdmin
from queues import handling
from queues.admin.timeline import cycles_of
from queues.models import IntegrationQueue
from queues.states import BY_HAND, State

_COLOURS = {
    State.PENDING: "info",
    State.PROCESSING: "primary",
    State.SUCCEEDED: "success",
    State.RETRYING: "warning",
    State.DEAD_LETTER: "danger",
    State.ON_HOLD: "warning",
}
_VERBS = {
    "retry": Verb(
        "Retry", "made pending again", handling.retry, fits=lambda item: _can_become(item, State.PENDING)
    ),
    "cancel": Verb(
        "Cancel", "cancelled", handling.cancel, fits=lambda item: _can_become(item, State.CANCELLED)
    ),
    "hold": Verb("Hold", "put on hold", handling.hold, fits=lambda item: _can_become(item, State.ON_HOLD)),
    "release": Verb("Release", "released", handling.release, fits=lambda item: item.state == State.ON_HOLD),
}


def _can_become(item: IntegrationQueue, state: State) -> bool:
    return item.state in BY_HAND[state]


@admin.register(IntegrationQueue)
class IntegrationQueueAdmin(VerbsAdmin, ReadOnlyAdmin):
    """The ledger: changed by the verbs alone, and nothing is ever deleted from it."""

    verbs = _VERBS
    change_form_template = "admin/queue_item.html"
    list_display = [
        "item_name",
        "item_id",
        "integration",
        "client",
        "current_state",
        "attempt",
        "reason",
        "updated_on",
    ]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("integration", AutocompleteSelectFilter),
        ("client", AutocompleteSelectFilter),
        ("attempt", SingleNumericFilter),
        ("message", FieldTextFilter),
        ("updated_on", RangeDateTimeFilter),
    ]
    list_disable_select_all = True
    search_fields = ["item_id__startswith", "item_name__icontains"]
    search_help_text = "Start of the item id, or part of its name."
    ordering = ["-id"]
    sortable_by: list[str] = []
    readonly_fields = ["idempotency_key"]
    fieldsets = [
        (
            "Item",
            {
                "fields": [
                    "item_id",
                    "item_name",
                    "item_updated_on",
                    "client_integration",
                    "integration",
                    "client",
                ]
            },
        ),
        (
            "Delivery",
            {
                "fields": [
                    "state",
                    "attempt",
                    "cycle",
                    "idempotency_key",
                    "due_at",
                    "crashes",
                    "version",
                    "run",
                ]
            },
        ),
        ("Times", {"fields": ["created_on", "updated_on", "started_on", "finished_on"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[IntegrationQueue]:
        rows: QuerySet[IntegrationQueue] = super().get_queryset(request)
        return rows.select_related(
            "client", "integration", "client_integration__client", "client_integration__integration"
        )

    def page_context(self, request: HttpRequest, row: IntegrationQueue) -> dict[str, Any]:
        return {"cycles": cycles_of(row), "colour": _COLOURS.get(State(row.state), "")}

    @column("State", label=_COLOURS)
    def current_state(self, item: IntegrationQueue) -> tuple[str, str]:
        return item.state, item.get_state_display()

    @column("Last message")
    def reason(self, item: IntegrationQueue) -> Any:
        return shortened(item.message)
