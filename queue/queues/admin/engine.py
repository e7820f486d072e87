from django.contrib import admin

from integrations.admin.bases import ReadOnlyAdmin
from queues.models import EngineBeat, IntegrationQueueState


@admin.register(EngineBeat)
class EngineBeatAdmin(ReadOnlyAdmin):
    list_display = ["name", "seen_on"]


@admin.register(IntegrationQueueState)
class IntegrationQueueStateAdmin(ReadOnlyAdmin):
    list_display = ["id", "name"]
