"""The page of a client's use of an integration, with what executes its items once more."""

from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from integrations.admin.activations import ClientIntegrationAdmin
from integrations.admin.bases import staff_principal
from integrations.errors import Refused
from integrations.models import ClientIntegration
from queues import backfill, bulk
from queues.admin.tiles import Tile, counted, items_address
from queues.models import StateSnapshot
from queues.reasons import reasons_of
from queues.states import State

_PAGE = "admin:integrations_clientintegration_change"


def _counts(row: ClientIntegration) -> dict[str, Any]:
    """Its items as the last snapshot has them; nothing before there is one."""
    snapshot: StateSnapshot | None = getattr(row, "snapshot", None)
    if snapshot is None:
        return {}
    own = {"client_integration__id__exact": row.pk}
    waiting, dead = snapshot.waiting, snapshot.dead_letter
    tiles = [
        Tile("Waiting", counted(waiting), items_address(view="waiting", **own)),
        Tile("Dead letters", counted(dead), items_address(view="dead", **own), is_bad=dead > 0),
        Tile(
            "Succeeded", counted(snapshot.succeeded), items_address(state__exact=State.SUCCEEDED.value, **own)
        ),
    ]
    return {"snapshot": snapshot, "tiles": tiles}


class BackfillForm(forms.Form):
    since = forms.DateField(label="Updated from", widget=forms.DateInput(attrs={"type": "date"}))

    @property
    def moment(self) -> datetime:
        """The beginning of the day, in UTC."""
        return datetime.combine(self.cleaned_data["since"], time(), UTC)


admin.site.unregister(ClientIntegration)


@admin.register(ClientIntegration)
class ActivationAdmin(ClientIntegrationAdmin):
    change_form_template = "admin/activation.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.backfill_view)
        return [
            path("<int:pk>/backfill/", view, name="integrations_clientintegration_backfill"),
            *super().get_urls(),
        ]

    def page_context(self, request: HttpRequest, row: ClientIntegration) -> dict[str, Any]:
        may_backfill = self.has_operate_permission(request) and row.integration.is_outbound
        address = reverse("admin:integrations_clientintegration_backfill", args=[row.pk])
        return {
            **super().page_context(request, row),
            "backfill_address": address if may_backfill else "",
            **_counts(row),
            "now": timezone.now(),
            **self._failures(request, row),
        }

    def _failures(self, request: HttpRequest, row: ClientIntegration) -> dict[str, Any]:
        """Why items were given up: each reason with the list of those items, and the way to retry them."""
        if not request.user.has_perm("queue.view_integrationqueue"):
            return {}
        again = reverse("admin:queue_everything", args=[bulk.Act.RETRY_WITH_RESET.value])
        may_retry = request.user.has_perm("queue.change_integrationqueue")
        found = []
        for reason in reasons_of(row):
            chosen = {"client_integration__id__exact": row.pk, "message__icontains": reason.text}
            query = urlencode({"view": "dead", **chosen})
            retry = f"{again}?{query}" if may_retry and reason.text else ""
            found.append((reason, items_address(view="dead", **chosen), retry))
        return {"reasons": found}

    def backfill_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asked with a date: how many items it would be. Posted: opens them."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(pk))
        if not isinstance(row, ClientIntegration):
            raise Http404
        form = BackfillForm(request.POST or request.GET)
        if not form.is_valid():
            return self._back(request, pk, "Name a day, such as 2026-01-31.")
        try:
            if request.method == "POST":
                return self._backfill(request, row, form.moment)
            found = backfill.preview(row, form.moment, now=timezone.now())
        except Refused as refusal:
            return self._back(request, pk, refusal.message)
        return self._confirm(request, row, {"since": form.moment, "found": found})

    def _back(self, request: HttpRequest, pk: int, message: str) -> HttpResponse:
        self.message_user(request, message, messages.ERROR)
        return redirect(_PAGE, pk)

    def _backfill(self, request: HttpRequest, row: ClientIntegration, since: datetime) -> HttpResponse:
        run = backfill.backfill(row, since, now=timezone.now(), by=staff_principal(request))
        self.message_user(request, f"{run.queued} items have become due.", messages.SUCCESS)
        return redirect("admin:integrations_integrationrun_change", run.pk)

    def _confirm(self, request: HttpRequest, row: ClientIntegration, found: dict[str, Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Backfill of {row}",
            "opts": self.opts,
            "row": row,
            **found,
        }
        return TemplateResponse(request, "admin/backfill.html", context)
