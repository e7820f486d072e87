"""Pages on which a definition is tried before it is saved: on live rows, and nothing is written."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from integrations.admin.bases import HubAdmin
from integrations.errors import Refused
from integrations.models import Client

Trial = Callable[[HttpRequest, Any], Any]


class TryingAdmin(HubAdmin):
    """`trials` by name: each takes the request and the draft that its form makes, and fills the template.

    A trial reads rows of clients, so it needs the permission to see records.
    """

    trials: Mapping[str, Trial] = {}
    trial_template = "admin/trial.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_view)
        return [
            path("try/<str:name>/", view, name=self._try_url_name()),
            path("<path:object_id>/try/<str:name>/", view, name=self._try_url_name()),
            *super().get_urls(),
        ]

    def may_try(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("integrations.view_record")

    def try_address(self, row: Model | None, name: str) -> str:
        where = [row.pk, name] if row is not None else [name]
        return reverse(f"admin:{self._try_url_name()}", args=where)

    @method_decorator(require_POST)
    def try_view(self, request: HttpRequest, name: str, object_id: str | None = None) -> HttpResponse:
        """A piece of a page: what came of the trial, or what is wrong with the draft."""
        if not self.may_try(request):
            raise PermissionDenied
        row = self.get_object(request, object_id) if object_id else None
        if name not in self.trials or (object_id and row is None):
            raise Http404
        form = self.draft_form(request, row)
        if not form.is_valid():
            return self._answer(request, {"faults": _faults(form)})
        try:
            return self._answer(request, {name: self.trials[name](request, form.instance)})
        except Refused as refusal:
            return self._answer(request, {"refusal": refusal.message})

    def draft_form(self, request: HttpRequest, row: Model | None) -> Any:
        """The page's form, as it stands in the browser. Who may only look tries what is saved."""
        form = self.get_form(request, row, change=row is not None)
        form.is_draft = True
        return form(request.POST, instance=row)

    def _answer(self, request: HttpRequest, context: Mapping[str, Any]) -> HttpResponse:
        return TemplateResponse(request, self.trial_template, dict(context))

    def _try_url_name(self) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}_try"


def _faults(form: Any) -> list[tuple[str, list[str]]]:
    labels = {name: str(field.label or name) for name, field in form.fields.items()}
    return [(labels.get(name, ""), list(errors)) for name, errors in form.errors.items()]


def chosen_client(request: HttpRequest) -> Client:
    """Raises Refused."""
    pk = request.POST.get("try_client", "")
    client = Client.objects.filter(pk=pk).first() if pk.isascii() and pk.isdigit() else None
    if client is None:
        raise Refused("Choose a client to try it on.", field="client")
    return client


def chosen_item(request: HttpRequest) -> str:
    return request.POST.get("try_item", "").strip()
