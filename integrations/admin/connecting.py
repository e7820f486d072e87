"""Connecting a client to a system, from the page of one of its integrations."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from integrations import ending, holdups
from integrations.admin.bases import staff_principal
from integrations.admin.verbs import Button, VerbsAdmin
from integrations.consent import is_given
from integrations.errors import Refused
from integrations.models import ClientIntegration, ConsentType
from integrations.oauth import connecting
from integrations.oauth.addresses import callback_address
from integrations.oauth.connecting import Way


def connect_button(row: ClientIntegration) -> list[Button]:
    """One, or none."""
    if row.integration.consent_type_id != ConsentType.Id.OAUTH2:
        return []
    address = reverse("admin:integrations_clientintegration_connect", args=[row.pk])
    if row.fitting_consent is None:
        return [Button("Connect", address)]
    return [Button("Connect again" if is_given(row, timezone.now()) else "Reconnect", address)]


class ConnectAdmin(VerbsAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.connect_view)
        return [
            path("<int:pk>/connect/", view, name="integrations_clientintegration_connect"),
            *super().get_urls(),
        ]

    def page_context(self, request: HttpRequest, row: ClientIntegration) -> dict[str, Any]:
        context = super().page_context(request, row)
        own = connect_button(row) if self.has_operate_permission(request) else []
        consent, now = row.fitting_consent, timezone.now()
        return {
            **context,
            "verbs": [*own, *context["verbs"]],
            "consent_trouble": ending.describe(consent, now) if consent and row.runnable else "",
            "held_up": "" if row.problem else holdups.trouble_of(row, now),
        }

    @method_decorator(require_POST)
    def connect_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Where a person has to agree, a page with the way there.

        A form's redirect to another host would be stopped by the page's own policy; a link is not.
        """
        if not self.has_operate_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(pk))
        if not isinstance(row, ClientIntegration):
            raise Http404
        session = request.session.session_key or ""
        address, by = callback_address(request), staff_principal(request)
        try:
            way = connecting.connect(row, redirect_uri=address, session=session, by=by, now=timezone.now())
        except Refused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            if way.address:
                return self._show(request, row, way)
            self.message_user(request, f"Connected to {row.integration.system}.", messages.SUCCESS)
        return redirect("admin:integrations_clientintegration_change", pk)

    def _show(self, request: HttpRequest, row: ClientIntegration, way: Way) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Connect {row.client} to {row.integration.system}",
            "opts": self.opts,
            "row": row,
            "address": way.address,
            "host": urlsplit(way.address).netloc,
            "scopes": connecting.application_for(row).scopes.split(),
            "until": way.until,
        }
        return TemplateResponse(request, "admin/connect.html", context)
