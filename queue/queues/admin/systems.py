"""The page of a system, with a button that tries whether it can be reached."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from integrations.admin.bases import RowPageAdmin, staff_principal
from integrations.admin.systems import SystemAdmin
from integrations.errors import Refused
from integrations.models import System
from queues import mending
from queues.models import Breaker
from queues.reaching import Reached, reach

SHOWN = 50
admin.site.unregister(System)


@admin.register(System)
class ReachableSystemAdmin(RowPageAdmin, SystemAdmin):
    change_form_template = "admin/system.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reach_view)
        return [path("<int:pk>/reach/", view, name="integrations_system_reach"), *super().get_urls()]

    @method_decorator(require_POST)
    def reach_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """It uses the stored secret, so it takes the permission to change it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        system = self.get_object(request, str(pk))
        if not isinstance(system, System):
            raise Http404
        try:
            reached = reach(system, by=staff_principal(request), now=timezone.now())
        except Refused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            self.message_user(request, reached.text, _level(reached))
            if reached.is_good and mending.try_anew(system.pk):
                self.message_user(request, "What could not be sent to it is tried now.", messages.SUCCESS)
        return redirect("admin:integrations_system_change", pk)

    def page_context(self, request: HttpRequest, row: System) -> dict[str, Any]:
        may = self.has_change_permission(request)
        return {
            "reach_address": reverse("admin:integrations_system_reach", args=[row.pk]) if may else "",
            "breakers": _breakers(row) if request.user.has_perm("queue.view_breaker") else [],
        }


def _level(reached: Reached) -> int:
    if reached.is_sure:
        return messages.SUCCESS
    return messages.WARNING if reached.is_good else messages.ERROR


def _breakers(system: System) -> list[Breaker]:
    """Those that are open, with their clients."""
    rows = system.breakers.filter(open_until__isnull=False).select_related("client")
    return list(rows.order_by("client__name")[:SHOWN])
