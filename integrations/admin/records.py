from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import column, json_block
from integrations.admin.moments import MomentsFilter
from integrations.models import Record


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin):
    none_yet = "Records come in by inbound integrations, or are written by a client's software over an API."
    list_display = ["item_name", "item_id", "client", "entity", "item_updated_on", "stored_on"]
    list_select_related = ["client", "entity"]
    list_filter = [
        ("client", AutocompleteSelectFilter),
        ("entity", AutocompleteSelectFilter),
        ("stored_on", MomentsFilter),
    ]
    search_fields = ["item_id__startswith", "item_name__icontains"]
    search_help_text = "Start of the item id, or part of its name."
    ordering = ["-id"]
    sortable_by: list[str] = []
    fieldsets = [
        (None, {"fields": ["client", "entity", "item_id", "item_name", "item_updated_on", "stored_on"]}),
        ("Data", {"fields": ["values"]}),
    ]
    readonly_fields = ["values"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        rows: QuerySet[Record] = super().get_queryset(request).select_related("client", "entity")
        return rows

    @column("Values")
    def values(self, record: Record) -> str:
        return json_block(record.data)
