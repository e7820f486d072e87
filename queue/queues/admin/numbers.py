from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.moments import MomentsFilter
from queues.models import OutcomeHour, RetentionMark, StateSnapshot
from queues.models.numbers import COLUMNS


@admin.register(StateSnapshot)
class StateSnapshotAdmin(ReadOnlyAdmin):
    none_yet = "The next tick of the engine counts the items of each client integration."
    list_display = ["client_integration", *COLUMNS.values(), "last_delivered_on", "taken_on"]
    list_filter = [("client_integration__client", AutocompleteSelectFilter)]
    list_select_related = ["client_integration__client", "client_integration__integration"]
    ordering = ["client_integration_id"]
    sortable_by: list[str] = []


@admin.register(OutcomeHour)
class OutcomeHourAdmin(ReadOnlyAdmin):
    none_yet = "What comes of attempts is added up here by the hour."
    list_display = [
        "client_integration",
        "hour",
        "done",
        "retried",
        "dead",
        "snoozed",
        "cancelled",
        "crashed",
    ]
    list_filter = [
        ("client_integration__client", AutocompleteSelectFilter),
        ("hour", MomentsFilter),
    ]
    list_select_related = ["client_integration__client", "client_integration__integration"]
    ordering = ["-id"]
    sortable_by: list[str] = []


@admin.register(RetentionMark)
class RetentionMarkAdmin(ReadOnlyAdmin):
    none_yet = "There is one only while old rows are being deleted, a part at a time."
    list_display = ["name", "key"]
