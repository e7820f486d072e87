from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from integrationhub.wire.transport import check_url
from integrations import sign_ins
from integrations.admin.bases import KeptWhileUsedAdmin
from integrations.admin.columns import column
from integrations.admin.write_only import WriteOnlySecretAdmin, WriteOnlySecretForm
from integrations.models import System


class SystemForm(WriteOnlySecretForm):
    class Meta:
        labels = {"base_url": "Base URL"}

    def clean_base_url(self) -> str:
        url: str = self.cleaned_data["base_url"]
        try:
            check_url(url)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        return url


@admin.register(System)
class SystemAdmin(WriteOnlySecretAdmin, KeptWhileUsedAdmin):
    none_yet = "Where items are sent to, or pulled from: an address, and how to sign in there."
    form = SystemForm
    list_display = ["name", "owner", "address", "authentication", "shareable"]
    list_select_related = ["owner"]
    list_filter = ["authentication", "shareable"]
    search_fields = ["name", "base_url"]
    autocomplete_fields = ["owner"]
    kept_for = ("integration_set", "connections", "external_integrations")
    fieldsets = [
        (None, {"fields": ["name", "owner", "base_url", "shareable", "max_in_flight"]}),
        ("Signing in", {"fields": ["authentication", "username", "header", "new_secret"]}),
    ]

    def save_model(self, request: HttpRequest, obj: System, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        sign_ins.tell_changed(obj.pk, None)

    @column("Base URL")
    def address(self, system: System) -> str:
        return system.base_url
