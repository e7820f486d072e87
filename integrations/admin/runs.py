from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import column, shortened
from integrations.admin.moments import MomentsFilter
from integrations.models import IntegrationRun

_COLOURS = {"Running": "info", "Completed": "success", "Failed": "danger", "Abandoned": "warning"}


@admin.register(IntegrationRun)
class IntegrationRunAdmin(ReadOnlyAdmin):
    change_form_template = "admin/run.html"
    none_yet = "A run begins as soon as a client integration is on and due."
    list_display = ["integration", "client", "state", "started_on", "ended_on", "queued", "note"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("client", AutocompleteSelectFilter),
        ("client_integration__integration", AutocompleteSelectFilter),
        ("started_on", MomentsFilter),
    ]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fieldsets = [
        (None, {"fields": ["client_integration", "external", "status", "message", "queued"]}),
        ("Times", {"fields": ["slot", "started_on", "ended_on", "version"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[IntegrationRun]:
        rows: QuerySet[IntegrationRun] = (
            super()
            .get_queryset(request)
            .select_related(
                "client", "client_integration__integration", "client_integration__client", "external"
            )
        )
        return rows

    @column("Integration")
    def integration(self, run: IntegrationRun) -> str:
        return run.integration_name

    @column("State", label=_COLOURS)
    def state(self, run: IntegrationRun) -> str:
        return run.status

    @column("Message")
    def note(self, run: IntegrationRun) -> Any:
        return shortened(run.message)
