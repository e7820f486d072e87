"""The page of an integration, with all that can be known about it only by looking at clients' rows."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from integrations import holdups, versions
from integrations.admin.bases import RowPageAdmin, staff_principal
from integrations.admin.definitions import IntegrationAdmin, place_of_fault
from integrations.errors import Refused
from integrations.models import Client, Integration, IntegrationVersion
from queues import effects
from queues.admin.bodies import pretty
from queues.admin.trying import TryingAdmin, chosen_client, chosen_item
from queues.dry_run import dry_run
from queues.rehearsal import rehearse
from queues.why_not import explain

SHOWN_CLIENTS = 50
SHOWN_VERSIONS = 20
_USES = "admin:integrations_clientintegration_changelist"


def _check(request: HttpRequest, draft: Integration) -> dict[str, Any]:
    return {"place": place_of_fault(draft, with_reason=True)}


def _dry_run(request: HttpRequest, draft: Integration) -> Any:
    return dry_run(draft, chosen_client(request), now=timezone.now())


def _explain(request: HttpRequest, draft: Integration) -> Any:
    item_id = chosen_item(request)
    if not item_id:
        raise Refused("Name the item that you ask about by its id.", field="item_id")
    return explain(draft, chosen_client(request), item_id, now=timezone.now())


def _payload(request: HttpRequest, draft: Integration) -> str:
    if draft.action is None:
        raise Refused("The integration has no action.", field="action")
    sent = rehearse(draft.action, draft, chosen_client(request), item_id=chosen_item(request))
    return pretty(sent)


def _effect(request: HttpRequest, draft: Integration) -> Any:
    return effects.preview(draft, by=staff_principal(request), now=timezone.now())


admin.site.unregister(Integration)


@admin.register(Integration)
class WorkshopAdmin(TryingAdmin, RowPageAdmin, IntegrationAdmin):
    change_form_template = "admin/integration.html"
    trials = {
        "check": _check,
        "dry_run": _dry_run,
        "why": _explain,
        "payload": _payload,
        "effect": _effect,
    }

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.revert_view)
        return [
            path("<path:object_id>/revert/<int:number>/", view, name="integrations_integration_revert"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def revert_view(self, request: HttpRequest, object_id: str, number: int) -> HttpResponse:
        """Publishes an old version as a new one."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if not object_id.isdigit():
            raise Http404
        version = IntegrationVersion.objects.filter(integration=int(object_id), number=number).first()
        if version is None:
            raise Http404
        try:
            new = versions.revert(version, by=staff_principal(request), now=timezone.now())
        except Refused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            done = f"Version {number} has been published again, as version {new.number}."
            self.message_user(request, done, messages.SUCCESS)
        return redirect("admin:integrations_integration_change", object_id)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        own = {"trials": self._trial_panel(request, None)}
        page: HttpResponse = super().add_view(request, form_url, {**own, **(extra_context or {})})
        return page

    def page_context(self, request: HttpRequest, row: Integration) -> dict[str, Any]:
        may_see_uses = request.user.has_perm("integrations.view_clientintegration")
        return {
            "trials": self._trial_panel(request, row),
            "filter_fault": place_of_fault(row, with_reason=True),
            "uses": _uses(row, timezone.now()) if may_see_uses else None,
            "past": _past(row, may_revert=self.has_change_permission(request)),
        }

    def _trial_panel(self, request: HttpRequest, row: Integration | None) -> dict[str, Any] | None:
        """What may be tried on whom; None for who may not see records."""
        if not self.may_try(request):
            return None
        return {
            "addresses": {name: self.try_address(row, name) for name in self.trials},
            "clients": _candidates(row),
        }


def _candidates(row: Integration | None) -> QuerySet[Client]:
    """Those that a definition can be for; those that use it already come first."""
    clients = Client.objects.filter(active=True)
    if row is not None and row.owner_id:
        clients = clients.filter(pk=row.owner_id)
    return clients.order_by("name")[:500]


def _uses(row: Integration, now: datetime) -> dict[str, Any]:
    rows = holdups.with_reasons(row.activations.all(), now).select_related("schedule", "snapshot")
    first = list(rows.order_by("client__name")[: SHOWN_CLIENTS + 1])
    return {
        "rows": [(use, holdups.trouble_of(use, now)) for use in first[:SHOWN_CLIENTS]],
        "more": len(first) > SHOWN_CLIENTS,
        "address": f"{reverse(_USES)}?integration__id__exact={row.pk}",
    }


def _past(row: Integration, *, may_revert: bool) -> list[dict[str, Any]]:
    """The latest versions with what each changed, and the address that publishes it again."""
    latest = list(row.versions.select_related("published_by").order_by("-number")[: SHOWN_VERSIONS + 1])
    names = versions.Names(latest)
    found = []
    for index, version in enumerate(latest[:SHOWN_VERSIONS]):
        before = latest[index + 1] if index + 1 < len(latest) else None
        revert = reverse("admin:integrations_integration_revert", args=[row.pk, version.number])
        found.append(
            {
                "version": version,
                "changes": versions.diff(before, version, names) if before else [],
                "is_first": before is None,
                "revert": revert if may_revert and version.number != row.version else "",
            }
        )
    return found
