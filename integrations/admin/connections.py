from django.contrib import admin

from integrations.admin.bases import ReadOnlyAdmin
from integrations.models import ActorLink, Connection


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    none_yet = "A client's software makes them through the ErpSync agent."
    list_display = ["name", "client", "system", "active", "deleted", "position"]
    list_select_related = ["client", "system"]
    list_filter = ["client", "system", "active", "deleted"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "description", "client", "system", "key"]}),
        ("In use", {"fields": ["active", "deleted", "position", "username"]}),
        ("Who sees it", {"fields": ["all_access", "user_group_ids", "associate_ids"]}),
    ]


@admin.register(ActorLink)
class ActorLinkAdmin(ReadOnlyAdmin):
    none_yet = "A client's software makes them through the ErpSync agent."
    list_display = ["item_id", "entity", "key", "actor_type", "connection", "client"]
    list_select_related = ["entity", "connection", "client"]
    list_filter = ["client"]
    search_fields = ["item_id__startswith", "key"]
