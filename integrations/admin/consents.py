from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, DropdownFilter

from integrations import ending
from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import alarm, column
from integrations.models import Consent, ConsentType, OAuthToken
from integrations.models.consents import ConsentQuerySet

_COLOURS = {"Granted": "success", "Attention needed": "danger", "Revoked": "warning"}
_SHOWN = 20


class NeedsSomebodyFilter(DropdownFilter):  # type: ignore[misc]
    title = "what is to be done"
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("somebody", "Has ended, or ends soon")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Consent]) -> QuerySet[Consent]:
        if self.value() != "somebody":
            return rows
        return rows.filter(pk__in=ending.needing_somebody(timezone.now()).values("pk"))


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Consents are given where an integration is enabled."""

    none_yet = "A client gives one where an integration that asks for it is enabled."
    list_display = [
        "client",
        "consent_type",
        "system",
        "current_state",
        "trouble",
        "granted_on",
        "expires_on",
    ]
    list_filter = [
        NeedsSomebodyFilter,
        ("client", AutocompleteSelectFilter),
        ("state", ChoicesDropdownFilter),
    ]
    ordering = ["-id"]
    sortable_by = ["granted_on", "expires_on"]
    fieldsets = [
        (None, {"fields": ["client", "consent_type", "current_state", "trouble"]}),
        ("How long", {"fields": ["granted_on", "granted_by", "expires_on"]}),
        ("What for", {"fields": ["system", "scopes", "used_by"]}),
    ]
    readonly_fields = ["current_state", "trouble", "system", "scopes", "used_by"]

    def get_queryset(self, request: HttpRequest) -> ConsentQuerySet:
        rows: ConsentQuerySet = super().get_queryset(request)
        return rows.with_connection().select_related("granted_by")

    @column("State", label=_COLOURS)
    def current_state(self, consent: Consent) -> str:
        return consent.get_state_display()

    @column("To be done")
    def trouble(self, consent: Consent) -> str | None:
        text = ending.describe(consent, timezone.now())
        return alarm(text) if text else None

    @column("System")
    def system(self, consent: Consent) -> str | None:
        token = _token_of(consent)
        return str(token.application.system) if token else None

    @column("Scopes")
    def scopes(self, consent: Consent) -> str | None:
        token = _token_of(consent)
        return token.scopes if token else None

    @column("Used by")
    def used_by(self, consent: Consent) -> str:
        """Where it is given anew, too."""
        rows = consent.clientintegration_set.select_related("client", "integration").defer("secret")
        links = [
            (reverse("admin:integrations_clientintegration_change", args=[row.pk]), row)
            for row in rows[:_SHOWN]
        ]
        return (
            format_html_join(
                ", ", '<a class="text-primary-600 dark:text-primary-500" href="{}"><bdi>{}</bdi></a>', links
            )
            or "nothing"
        )


def _token_of(consent: Consent) -> OAuthToken | None:
    return getattr(consent, "token", None)


@admin.register(ConsentType)
class ConsentTypeAdmin(ReadOnlyAdmin):
    list_display = ["name", "id"]
