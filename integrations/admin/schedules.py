from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from integrations import activation
from integrations.admin.bases import KeptWhileUsedAdmin
from integrations.models import ClientIntegration, Schedule


@admin.register(Schedule)
class ScheduleAdmin(KeptWhileUsedAdmin):
    none_yet = "When integrations run."
    list_display = ["name", "cron", "owner", "shareable"]
    list_select_related = ["owner"]
    list_filter = ["shareable"]
    search_fields = ["name", "cron"]
    autocomplete_fields = ["owner"]
    kept_for = ("integration_set", "clientintegration_set")
    fields = ["name", "cron", "owner", "shareable"]

    def save_model(self, request: HttpRequest, obj: Schedule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        followers = ClientIntegration.objects.filter(
            Q(schedule=obj) | Q(schedule=None, integration__schedule=obj)
        )
        activation.align(followers, now=timezone.now())
