"""The engine's switches: the hub's on the dashboard, a client's on its own page; here the list of them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from integrations import engine_switch
from integrations.admin.bases import ReadOnlyAdmin, place_to_return, staff_principal
from integrations.admin.columns import column
from integrations.models import Client, EngineSwitch


@admin.register(EngineSwitch)
class EngineSwitchAdmin(ReadOnlyAdmin):
    """A scope without a row runs, every minute."""

    none_yet = "The engine runs. Whoever stops it, on the dashboard or on a client's page, makes one."
    list_display = ["scope", "state", "interval_seconds", "switched_on", "forced_until"]
    list_select_related = ["client"]
    ordering = ["id"]
    sortable_by: list[str] = []
    fieldsets = [
        (None, {"fields": ["client", "state", "interval_seconds"]}),
        ("Since", {"fields": ["switched_on", "iterated_on", "not_before", "forced_until"]}),
    ]
    readonly_fields = ["state", "switched_on", "iterated_on", "not_before", "forced_until"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.switch_view)
        return [
            path("hub/<str:wanted>/", view, name="switch_hub"),
            path("client/<int:client_id>/<str:wanted>/", view, name="switch_client"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def switch_view(self, request: HttpRequest, wanted: str, client_id: int | None = None) -> HttpResponse:
        """Starts or stops a scope, then goes back to the page with the button."""
        if not may_switch(request):
            raise PermissionDenied
        client = Client.objects.filter(pk=client_id).first() if client_id else None
        if wanted not in ("start", "stop") or (client_id is not None and client is None):
            raise Http404
        starts = wanted == "start"
        engine_switch.switch(client, starts, by=staff_principal(request), now=timezone.now())
        whose = f"The engine of {client}" if client else "The hub's engine"
        done = "started" if starts else "stopped"
        self.message_user(request, f"{whose} has been {done}.", messages.SUCCESS)
        return redirect(place_to_return(request) or "admin:index")

    @column("Scope")
    def scope(self, row: EngineSwitch) -> str:
        return str(row.client or "The hub")

    @column("State", label={"Running": "success", "Stopped": "danger"})
    def state(self, row: EngineSwitch) -> str:
        return "Running" if row.running else "Stopped"


def may_switch(request: HttpRequest) -> bool:
    return request.user.has_perm("integrations.change_engineswitch")


def engine_context(request: HttpRequest, client: Client | None) -> dict[str, Any]:
    """What the switch's card on a page shows."""
    return {
        "engine_state": engine_switch.look(client),
        "engine_client": client,
        "may_switch": may_switch(request),
    }
