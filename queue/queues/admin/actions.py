"""The page of an action, on which its configuration is tried on a real row before it is saved."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from integrations.admin.actions import ActionAdmin
from integrations.admin.bases import RowPageAdmin
from integrations.errors import Refused
from integrations.models import Action, ClientIntegration
from queues import handlers
from queues.admin.bodies import pretty
from queues.admin.trying import TryingAdmin, chosen_item
from queues.models import IntegrationQueue
from queues.rehearsal import rehearse


def _payload(request: HttpRequest, draft: Action) -> str:
    use = _uses(draft).filter(pk=_number(request.POST.get("try_use", ""))).first()
    if use is None:
        raise Refused("Choose an integration and a client to try it on.")
    return pretty(rehearse(draft, use.integration, use.client, item_id=chosen_item(request)))


def _uses(action: Action) -> QuerySet[ClientIntegration]:
    uses = ClientIntegration.objects.filter(integration__action=action.pk)
    related = uses.select_related("client", "integration__entity", "integration__system")
    return related.defer("secret").order_by("integration__name", "client__name")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


admin.site.unregister(Action)


@admin.register(Action)
class RehearsedActionAdmin(TryingAdmin, RowPageAdmin, ActionAdmin):
    """`?try=KEY` of a queue item presets that item, so that one sees what it would be sent as."""

    change_form_template = "admin/action.html"
    trials = {"payload": _payload}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "handler":
            names = [("", "Choose…"), *((name, name) for name in handlers.names())]
            kwargs["widget"] = UnfoldAdminSelectWidget(choices=names)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def page_context(self, request: HttpRequest, row: Action) -> dict[str, Any]:
        if not self.may_try(request):
            return {}
        asked = _number(request.GET.get("try"))
        item = (
            IntegrationQueue.objects.filter(pk=asked, integration__action=row.pk).first() if asked else None
        )
        return {
            "try_address": self.try_address(row, "payload"),
            "uses": list(_uses(row)[:500]),
            "preset": item,
        }
