from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import StackedInline, TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import block, column, shortened
from integrations.admin.moments import MomentsFilter
from queues.admin.bodies import pretty
from queues.admin.timeline import COLOURS
from queues.models import ActionAttempt, ActionLog, AttemptBody


class AttemptInline(TabularInline):  # type: ignore[misc]
    model = ActionAttempt
    fields = readonly_fields = ["number", "started_on", "duration_ms", "outcome", "status", "message"]
    per_page = 20
    can_delete = False
    max_num = 0


class BodyInline(StackedInline):  # type: ignore[misc]
    model = AttemptBody
    fields = readonly_fields = ["sent", "received"]
    can_delete = False
    max_num = 0

    @column("Request")
    def sent(self, body: AttemptBody) -> str:
        return block(pretty(body.request))

    @column("Response")
    def received(self, body: AttemptBody) -> str:
        return block(pretty(body.response))


@admin.register(ActionLog)
class ActionLogAdmin(ReadOnlyAdmin):
    none_yet = "Executing an item makes one."
    list_display = ["item", "integration", "client", "cycle", "version", "started_on"]
    list_filter = [("client", AutocompleteSelectFilter), ("started_on", MomentsFilter)]
    ordering = ["-id"]
    sortable_by: list[str] = []
    search_fields = ["item__item_id__startswith"]
    search_help_text = "Start of the item id."
    fields = ["item", "client_integration", "cycle", "version", "started_on"]
    inlines = [AttemptInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ActionLog]:
        rows: QuerySet[ActionLog] = (
            super()
            .get_queryset(request)
            .select_related("item", "client", "client_integration__client", "client_integration__integration")
        )
        return rows

    @column("Integration")
    def integration(self, log: ActionLog) -> str:
        return log.client_integration.integration.name


@admin.register(ActionAttempt)
class ActionAttemptAdmin(ReadOnlyAdmin):
    none_yet = "Each attempt to execute an item is listed here."
    list_display = ["item", "number", "result", "status", "note", "duration_ms", "started_on"]
    list_filter = [
        ("outcome", ChoicesDropdownFilter),
        ("log__client", AutocompleteSelectFilter),
        ("started_on", MomentsFilter),
    ]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = ["log", "item", "number", "outcome", "status", "message", "duration_ms", "started_on"]
    readonly_fields = ["item"]
    inlines = [BodyInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ActionAttempt]:
        rows: QuerySet[ActionAttempt] = super().get_queryset(request).select_related("log__item")
        return rows

    @column("Item")
    def item(self, attempt: ActionAttempt) -> str:
        return str(attempt.log.item)

    @column("Outcome", label=COLOURS)
    def result(self, attempt: ActionAttempt) -> tuple[str, str]:
        return attempt.outcome, attempt.get_outcome_display()

    @column("Message")
    def note(self, attempt: ActionAttempt) -> Any:
        return shortened(attempt.message)
