"""How the hub is registered with authorization servers, and what they have given it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget

from integrations.admin.bases import KeptWhileUsedAdmin, ReadOnlyAdmin
from integrations.admin.columns import alarm, column
from integrations.admin.json_fields import ReadableJSONField
from integrations.admin.write_only import WriteOnlySecretAdmin, WriteOnlySecretForm
from integrations.errors import Refused
from integrations.models import AuthorizationRequest, OAuthApplication, OAuthToken
from integrations.oauth import applications
from integrations.oauth.addresses import callback_address


class ApplicationForm(WriteOnlySecretForm):
    extra = ReadableJSONField(
        label="Extra parameters",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "class": "hub-code", "spellcheck": "false"}),
        help_text=OAuthApplication._meta.get_field("extra").help_text,
    )

    def clean_extra(self) -> Any:
        return self.cleaned_data["extra"] or {}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            applications.check(self.instance)
        except Refused as refusal:
            for fault in refusal.faults:
                self.add_error(fault.field if fault.field in self.fields else None, fault.message)


@admin.register(OAuthApplication)
class OAuthApplicationAdmin(WriteOnlySecretAdmin, KeptWhileUsedAdmin):
    none_yet = (
        "How the hub is registered with the authorization server of a system. Systems with OAuth 2.0 "
        "need one."
    )
    form = ApplicationForm
    kept_for = ("tokens",)
    list_display = ["system", "grant", "app_id", "token_url"]
    list_select_related = ["system"]
    search_fields = ["system__name", "app_id"]
    autocomplete_fields = ["system"]

    def get_fieldsets(self, request: HttpRequest, obj: OAuthApplication | None = None) -> Any:
        there = f"Register this address there as the redirect URI: {callback_address(request)}"
        addresses = ["authorization_url", "token_url", "revocation_url"]
        return [
            (None, {"fields": ["system", "grant"]}),
            ("The authorization server", {"fields": addresses, "description": there}),
            ("The hub's registration there", {"fields": ["app_id", "new_secret", "secret_in"]}),
            ("What is asked for", {"fields": ["scopes", "extra"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: OAuthApplication | None = None) -> list[str]:
        return ["system"] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("system").defer("secret", "system__secret")


@admin.register(OAuthToken)
class OAuthTokenAdmin(ReadOnlyAdmin):
    """The tokens themselves are not even read."""

    none_yet = "Connecting a client to a system by OAuth 2.0 brings one."
    list_display = ["client", "system", "obtained_on", "expires_on", "refresh_on", "trouble"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fieldsets = [
        (None, {"fields": ["consent", "application", "scopes", "is_own"]}),
        ("Their life", {"fields": ["obtained_on", "expires_on", "refresh_on", "number"]}),
        ("Renewing them", {"fields": ["lease_until", "failures", "trouble"]}),
    ]
    readonly_fields = ["trouble"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OAuthToken]:
        rows: QuerySet[OAuthToken] = super().get_queryset(request)
        related = rows.select_related("consent__client", "consent__consent_type", "application__system")
        secrets = ("access_token", "refresh_token", "application__secret", "application__system__secret")
        return related.defer(*secrets)

    @column("Client")
    def client(self, token: OAuthToken) -> str:
        return str(token.consent.client)

    @column("System")
    def system(self, token: OAuthToken) -> str:
        return str(token.application.system)

    @column("Trouble")
    def trouble(self, token: OAuthToken) -> str | None:
        return alarm(token.last_error) if token.last_error else None


@admin.register(AuthorizationRequest)
class AuthorizationRequestAdmin(ReadOnlyAdmin):
    """People on their way to an authorization server, of the last day."""

    none_yet = "There is one while a person is on the way to agree at an authorization server."
    list_display = ["client_integration", "application", "user", "started_on", "used_on"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = ["client_integration", "application", "user", "redirect_uri", "started_on", "used_on"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuthorizationRequest]:
        rows: QuerySet[AuthorizationRequest] = super().get_queryset(request)
        related = rows.select_related(
            "client_integration__client", "client_integration__integration", "application__system", "user"
        )
        return related.defer(
            "verifier", "client_integration__secret", "application__secret", "application__system__secret"
        )
