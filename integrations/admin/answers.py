from django.contrib import admin

from integrations.admin.bases import ReadOnlyAdmin
from integrations.models import KeptAnswer


@admin.register(KeptAnswer)
class KeptAnswerAdmin(ReadOnlyAdmin):
    """Requests that came with an Idempotency-Key. Their answers may hold secrets, and are not shown."""

    none_yet = "An answer to a call with an Idempotency-Key is kept here."
    list_display = ["key", "caller", "claimed_on", "status"]
    search_fields = ["key__startswith"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = ["key", "caller", "claimed_on", "status"]
