from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import TabularInline

from integrations import activation
from integrations.admin.bases import HubAdmin, KeptWhileUsedAdmin
from integrations.admin.history import HistoryAdmin
from integrations.models import Client, Membership


class MembershipInline(TabularInline):  # type: ignore[misc]
    model = Membership
    verbose_name_plural = "Users"
    autocomplete_fields = ["user"]
    extra = 0
    tab = True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People come and go; a membership does not change."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows: QuerySet[Membership] = super().get_queryset(request).select_related("user", "client")
        return rows


@admin.register(Client)
class ClientAdmin(HistoryAdmin, KeptWhileUsedAdmin):
    none_yet = "A client has integrations, consents and keys of its own."
    list_display = ["name", "code", "time_zone", "active"]
    list_filter = ["active"]
    search_fields = ["name", "code"]
    fields = ["name", "code", "time_zone", "active", "max_in_flight", "return_addresses"]
    inlines = [MembershipInline]
    kept_for = ("activations", "records", "integrations")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "return_addresses":
            field.widget.attrs["rows"] = 3
        return field

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        activation.align(obj.activations.all(), now=timezone.now())


@admin.register(Membership)
class MembershipAdmin(HubAdmin):
    none_yet = "People who act for a client."
    list_display = ["user", "client"]
    list_select_related = ["user", "client"]
    search_fields = ["user__username", "client__name"]
    autocomplete_fields = ["user", "client"]
