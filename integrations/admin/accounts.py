from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from integrations.admin.bases import KeptWhileUsedAdmin, ReadOnlyAdmin, VersionedAdmin
from integrations.models import Account, AccountState, ClientIntegrationAccount, Element


@admin.register(Account)
class AccountAdmin(KeptWhileUsedAdmin):
    none_yet = (
        "A client's accounts with others, such as a bank: software enters them by OData, or they are "
        "added here."
    )
    list_display = ["name", "client", "state"]
    list_select_related = ["client", "state"]
    list_filter = [("client", AutocompleteSelectFilter), "state"]
    search_fields = ["name"]
    autocomplete_fields = ["client"]
    kept_for = ("client_integrations",)
    fields = ["client", "name", "state"]


@admin.register(AccountState)
class AccountStateAdmin(ReadOnlyAdmin):
    list_display = ["name", "id"]


@admin.register(ClientIntegrationAccount)
class ClientIntegrationAccountAdmin(ReadOnlyAdmin):
    """The client says which accounts are reached through its integrations."""

    none_yet = "Software that says, by OData, which account an integration reaches makes one."
    list_display = ["api_reference", "account", "client_integration", "client"]
    list_select_related = [
        "account",
        "client",
        "client_integration__integration",
        "client_integration__client",
    ]
    list_filter = [("client", AutocompleteSelectFilter)]
    ordering = ["-id"]
    fields = ["client", "client_integration", "account", "consent", "api_reference"]


@admin.register(Element)
class ElementAdmin(VersionedAdmin):
    none_yet = "What integrations address in a system, such as a report or a feed."
    list_display = ["id", "name"]
    search_fields = ["id", "name"]
    fields = ["id", "name"]
