"""The page of a queue item, with the way to the channel's message that it delivers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from channels.models import MessageLog
from queues.admin.items import IntegrationQueueAdmin
from queues.models import IntegrationQueue

admin.site.unregister(IntegrationQueue)


@admin.register(IntegrationQueue)
class ChannelledItemAdmin(IntegrationQueueAdmin):
    def page_context(self, request: HttpRequest, row: IntegrationQueue) -> dict[str, Any]:
        context = super().page_context(request, row)
        if request.user.has_perm("channels.view_messagelog"):
            about = MessageLog.objects.filter(item=row.pk).values("pk", "point", "point__code")
            context["message"] = about.first()
        return context
