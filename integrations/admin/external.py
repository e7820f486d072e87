from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from integrations import runs
from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import column
from integrations.admin.verbs import Verb, VerbsAdmin
from integrations.freshness import newest_completed
from integrations.models import ExternalIntegration


@admin.register(ExternalIntegration)
class ExternalIntegrationAdmin(VerbsAdmin, ReadOnlyAdmin):
    none_yet = "An agent that runs outside of the hub makes one with the first run that it reports."
    verbs = {
        "reset": Verb(
            "Reset the watermark",
            "reset: the next run resumes from the beginning",
            runs.reset_watermark,
            fits=lambda row: row.synced_ticks is not None,
            warning="The agent's next run starts from the beginning. Reset the watermark?",
            is_audited=True,
        )
    }
    list_display = ["name", "client", "system", "fresh_as_of", "resumes_from", "synced_key"]
    list_select_related = ["client", "system"]
    list_filter = ["client", "system"]
    search_fields = ["name"]
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": ["name", "client", "system"]}),
        ("The next run", {"fields": ["resumes_from", "synced_key", "custom_values"]}),
    ]
    readonly_fields = ["resumes_from", "synced_key"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExternalIntegration]:
        rows: QuerySet[ExternalIntegration] = super().get_queryset(request)
        return rows.annotate(fresh=newest_completed("external"))

    @column("Fresh as of")
    def fresh_as_of(self, row: Any) -> datetime | None:
        moment: datetime | None = row.fresh
        return moment

    @column("Resumes from")
    def resumes_from(self, row: ExternalIntegration) -> str | None:
        return str(row.synced_to) if row.synced_to else None
