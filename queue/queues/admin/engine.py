from django.contrib import admin

from integrations.admin.bases import ReadOnlyAdmin
from queues.models import Breaker, EngineBeat, IntegrationQueueState


@admin.register(EngineBeat)
class EngineBeatAdmin(ReadOnlyAdmin):
    list_display = ["name", "seen_on"]


@admin.register(Breaker)
class BreakerAdmin(ReadOnlyAdmin):
    list_display = ["client", "system", "failures", "open_until"]
    list_select_related = ["client", "system"]


@admin.register(IntegrationQueueState)
class IntegrationQueueStateAdmin(ReadOnlyAdmin):
    list_display = ["id", "name"]
