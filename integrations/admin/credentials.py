from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from integrations import credentials
from integrations.admin.columns import column
from integrations.admin.verb_forms import VerbForm, VerbFormAdmin
from integrations.admin.verbs import Verb, VerbsAdmin
from integrations.models import Credential
from integrations.principals import Principal, Scope

_COLOURS = {"In force": "success", "Expired": "warning", "Revoked": "danger"}


def _revoke(credential: Credential, *, by: Principal, now: Any) -> None:
    credentials.revoke(credential, now)


class CredentialForm(VerbForm):
    scopes = forms.MultipleChoiceField(choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget)

    def perform(self) -> Credential:
        self.issued = credentials.issue(now=timezone.now(), **self.cleaned_data)
        return self.issued.credential


@admin.register(Credential)
class CredentialAdmin(VerbsAdmin, VerbFormAdmin):
    """Issued, revoked, never edited: the hash of the secret is all there is."""

    form = CredentialForm
    verbs = {"revoke": Verb("Revoke", "revoked", _revoke, fits=lambda row: row.revoked_on is None)}
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

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.issued = form.issued

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Shows the secret in the answer itself, so that no cookie and no session ever holds it."""
        context = {**self.admin_site.each_context(request), "title": "Credential created", "opts": self.opts}
        return TemplateResponse(request, "admin/credential_issued.html", {**context, "issued": obj.issued})

    @column("Holder")
    def holder(self, credential: Credential) -> str:
        return str(credential.client or "Staff")

    @column("Scopes")
    def scopes_shown(self, credential: Credential) -> str:
        return ", ".join(credential.scopes)

    @column("State", label=_COLOURS)
    def state(self, credential: Credential) -> str:
        if credential.revoked_on:
            return "Revoked"
        expired = credential.expires_on and credential.expires_on <= timezone.now()
        return "Expired" if expired else "In force"
