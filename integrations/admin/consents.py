from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import column
from integrations.models import Consent, ConsentType

_COLOURS = {"Granted": "success", "Revoked": "danger"}


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Consents are given where an integration is enabled."""

    list_display = ["client", "consent_type", "current_state", "granted_on", "granted_by", "expires_on"]
    list_filter = [("client", AutocompleteSelectFilter), ("state", ChoicesDropdownFilter)]
    ordering = ["-id"]
    fields = ["client", "consent_type", "state", "granted_on", "granted_by", "expires_on"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        rows: QuerySet[Consent] = (
            super().get_queryset(request).select_related("client", "consent_type", "granted_by")
        )
        return rows

    @column("State", label=_COLOURS)
    def current_state(self, consent: Consent) -> str:
        return consent.state


@admin.register(ConsentType)
class ConsentTypeAdmin(ReadOnlyAdmin):
    list_display = ["name", "id"]
