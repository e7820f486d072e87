"""Definitions out of the hub and into it, as a file: looked at as a diff before anything is changed."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from integrations import bundle_texts, bundle_workbooks, bundles
from integrations.admin.bases import HubAdmin, staff_principal
from integrations.errors import Refused
from integrations.models import Integration

_CONTENT_TYPES = {
    "yaml": "application/yaml; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SUFFIXES = {"yml": "yaml", **{name: name for name in _CONTENT_TYPES}}


class BundleAdmin(HubAdmin):
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("bundle/", wrap(self.bundle_view), name="integrations_bundle"),
            path("bundle/hub.<str:kind>", wrap(self.export_view), name="integrations_bundle_export"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in _CONTENT_TYPES:
            raise Http404
        rows = Integration.objects.select_related("system", "action", "schedule").prefetch_related(
            "entity__properties"
        )
        bundle = bundles.export(rows)
        is_book = kind == "xlsx"
        content = bundle_workbooks.write(bundle) if is_book else bundle_texts.write(bundle, kind)
        disposition = {"Content-Disposition": f'attachment; filename="integrationhub.{kind}"'}
        return HttpResponse(content, content_type=_CONTENT_TYPES[kind], headers=disposition)

    def bundle_view(self, request: HttpRequest) -> HttpResponse:
        """Posted with a file: what it would change. Posted with its text and `confirmed`: changes it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, {})
        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            return self._take(request)
        except Refused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return self._page(request, {})

    def _take(self, request: HttpRequest) -> HttpResponse:
        text, kind = _given(request)
        bundle = bundle_texts.read(text, kind)
        by, now = staff_principal(request), timezone.now()
        if "confirmed" not in request.POST:
            steps = bundles.try_out(bundle, by=by, now=now)
            return self._page(request, {"steps": steps, "text": text, "kind": kind})
        steps = bundles.bring_in(bundle, by=by, now=now)
        done = f"{len(steps)} definitions have" if len(steps) != 1 else "1 definition has"
        self.message_user(request, f"{done} been made or changed.", messages.SUCCESS)
        return redirect("admin:integrations_integration_changelist")

    def _page(self, request: HttpRequest, found: dict[str, Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Bundle of definitions",
            "opts": self.opts,
            "formats": list(_CONTENT_TYPES),
            "may_import": self.has_change_permission(request),
            **found,
        }
        return TemplateResponse(request, "admin/bundle.html", context)


def _given(request: HttpRequest) -> tuple[str, str]:
    """(text, format): of the file, or what the page of the diff sends back. Raises Refused."""
    upload = request.FILES.get("file")
    if upload is None:
        text, kind = request.POST.get("text", ""), request.POST.get("kind", "")
        if not text or kind not in bundle_texts.FORMATS:
            raise Refused("Choose a file.")
        return text, kind
    kind = _SUFFIXES.get((upload.name or "").rpartition(".")[2].lower(), "")
    if not kind:
        raise Refused("The name of a bundle ends in .yaml, .json, .csv or .xlsx.")
    if (upload.size or 0) > bundle_texts.LARGEST:
        raise Refused(f"A bundle has at most {bundle_texts.LARGEST} bytes.")
    if kind == "xlsx":
        return bundle_texts.write(bundle_workbooks.read(upload.read()), "json"), "json"
    try:
        return upload.read().decode("utf-8-sig"), kind
    except UnicodeDecodeError:
        raise Refused("A bundle is text in UTF-8.") from None
