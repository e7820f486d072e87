from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from integrations import auditing, credentials, delegation
from integrations.admin.bases import staff_principal
from integrations.admin.columns import column
from integrations.admin.verb_forms import VerbForm, VerbFormAdmin
from integrations.admin.verbs import Verb, VerbsAdmin
from integrations.credentials import Issued
from integrations.errors import Refused
from integrations.models import Credential
from integrations.principals import Principal, Scope

_COLOURS = {"In force": "success", "Expired": "warning", "Revoked": "danger"}
# Hours -> what they are called: for how long the old key goes on.
OVERLAPS = {"0": "at once", "1": "after an hour", "24": "after a day", "168": "after a week"}


def _revoke(credential: Credential, *, by: Principal, now: datetime) -> None:
    delegation.withdraw(credential, by=by, now=now)


def state_of(credential: Credential, now: datetime) -> str:
    if credential.revoked_on:
        return "Revoked"
    return "Expired" if credential.expires_on and credential.expires_on <= now else "In force"


class CredentialForm(VerbForm):
    scopes = forms.MultipleChoiceField(choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget)

    def perform(self) -> Credential:
        now = timezone.now()
        self.issued = credentials.issue(now=now, **self.cleaned_data)
        scopes = self.issued.credential.scopes
        auditing.note("issue credential", self.issued.credential, by=self.by, now=now, scopes=scopes)
        return self.issued.credential


@admin.register(Credential)
class CredentialAdmin(VerbsAdmin, VerbFormAdmin):
    """Issued, revoked, never edited: the hash of the secret is all there is."""

    none_yet = "The keys of software that calls the hub, for one client or for staff."
    form = CredentialForm
    change_form_template = "admin/credential.html"
    verbs = {
        "revoke": Verb(
            "Revoke",
            "revoked",
            _revoke,
            fits=lambda row: row.revoked_on is None,
            warning="What uses this key is locked out at once. Revoke it?",
            is_audited=True,
        )
    }
    list_display = [
        "prefix",
        "scheme",
        "holder",
        "note",
        "state",
        "scopes_shown",
        "expires_on",
        "last_used_on",
    ]
    list_filter = [("client", AutocompleteSelectFilter), ("scheme", ChoicesDropdownFilter)]
    search_fields = ["prefix__startswith", "note", "client__name", "client__code"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    autocomplete_fields = ["client", "user"]
    add_fieldsets = [(None, {"fields": ["scheme", "client", "user", "scopes", "note", "expires_on"]})]
    fieldsets = [
        (None, {"fields": ["prefix", "scheme", "client", "user", "scopes_shown", "note"]}),
        ("Life", {"fields": ["state", "created_on", "expires_on", "revoked_on", "last_used_on"]}),
    ]
    readonly_fields = ["scopes_shown", "state"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Credential]:
        rows: QuerySet[Credential] = super().get_queryset(request).select_related("client", "user")
        return rows

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.rotate_view)
        return [
            path("<int:pk>/rotate/", view, name="integrations_credential_rotate"),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Whatever button is pressed, the secret is shown next: there is one."""
        one = {"show_save_and_continue": False, "show_save_and_add_another": False}
        page: HttpResponse = super().add_view(request, form_url, {**(extra_context or {}), **one})
        return page

    def page_context(self, request: HttpRequest, row: Credential) -> dict[str, Any]:
        may_rotate = self.has_operate_permission(request) and state_of(row, timezone.now()) == "In force"
        address = reverse("admin:integrations_credential_rotate", args=[row.pk])
        return {
            **super().page_context(request, row),
            "rotate_address": address if may_rotate else "",
            "overlaps": OVERLAPS,
        }

    @method_decorator(require_POST)
    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A successor with the same rights, shown once; this one ends after the overlap."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(pk))
        hours = request.POST.get("overlap", "")
        if not isinstance(row, Credential) or hours not in OVERLAPS:
            raise Http404
        overlap = timedelta(hours=int(hours))
        try:
            issued = delegation.renew(row, overlap=overlap, by=staff_principal(request), now=timezone.now())
        except Refused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return redirect("admin:integrations_credential_change", pk)
        until = f"goes on until {row.expires_on:%Y-%m-%d %H:%M} UTC" if overlap else "has ended"
        return self._show(request, issued, f"The old key {until}.")

    def _show(self, request: HttpRequest, issued: Issued, told: str = "") -> HttpResponse:
        """Shows the secret in the answer itself, so that no cookie and no session ever holds it."""
        context = {
            **self.admin_site.each_context(request),
            "title": "Credential created",
            "opts": self.opts,
            "issued": issued,
            "holder": self.holder(issued.credential),
            "told": told,
        }
        return TemplateResponse(request, "admin/credential_issued.html", context)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Issuing has written itself down."""
        return ModelAdmin.log_addition(self, request, obj, message)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.issued = form.issued

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._show(request, obj.issued)

    @column("Holder")
    def holder(self, credential: Credential) -> str:
        return str(credential.client or "Staff")

    @column("Scopes")
    def scopes_shown(self, credential: Credential) -> str:
        return ", ".join(credential.scopes)

    @column("State", label=_COLOURS)
    def state(self, credential: Credential) -> str:
        return state_of(credential, timezone.now())
