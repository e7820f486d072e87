from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import column, json_block
from integrations.admin.moments import MomentsFilter
from integrations.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    none_yet = "What people do, here or over an API, is written down here."
    list_display = ["on", "actor", "act", "target", "client"]
    list_select_related = ["client"]
    list_filter = [("client", AutocompleteSelectFilter), ("on", MomentsFilter)]
    search_fields = ["actor", "act", "target"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = ["on", "actor", "user", "client", "act", "target", "content"]
    readonly_fields = ["content"]

    @column("Detail")
    def content(self, entry: AuditEntry) -> str:
        return json_block(entry.detail)
