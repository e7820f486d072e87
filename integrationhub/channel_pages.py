"""The page of a channel: its last messages, and a look at its local token, which the audit log tells of."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from channels.admin.points import IntegrationPointAdmin
from channels.models import IntegrationPoint
from integrations import auditing
from integrations.admin.bases import staff_principal

SHOWN = 10
admin.site.unregister(IntegrationPoint)


@admin.register(IntegrationPoint)
class RevealingPointAdmin(IntegrationPointAdmin):
    change_form_template = "admin/channel.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reveal_view)
        return [path("<int:pk>/token/", view, name="channels_integrationpoint_token"), *super().get_urls()]

    def page_context(self, request: HttpRequest, row: IntegrationPoint) -> dict[str, Any]:
        may_reveal = self.has_operate_permission(request)
        address = reverse("admin:channels_integrationpoint_token", args=[row.pk])
        may_read = request.user.has_perm("channels.view_messagelog")
        return {
            **super().page_context(request, row),
            "token_address": address if may_reveal else "",
            "last_messages": row.messages.defer("sealed").order_by("-id")[:SHOWN] if may_read else None,
            "now": timezone.now(),
        }

    @method_decorator(require_POST)
    def reveal_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The token stands in the answer alone: in no address, no cookie and no session."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        point = IntegrationPoint.objects.select_related("client").filter(pk=pk).first()
        if point is None:
            raise Http404
        auditing.note("read channel token", point, by=staff_principal(request), now=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": f"Local token of {point}",
            "opts": self.opts,
            "point": point,
        }
        return TemplateResponse(request, "admin/channel_token.html", context)
