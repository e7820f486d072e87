"""Pages of other apps' models: users and groups in our looks, sign-ins read-only, the task runner's none."""

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from integrationhub import channel_pages, item_pages  # noqa: F401  (they take the plain pages' places)
from integrations.admin.bases import HubAdmin, ReadOnlyAdmin
from integrations.admin.columns import column

# A django-q schedule may name any function, and a malformed one stops all of them: nobody edits these here.
admin.site.unregister([Schedule, Success, Failure, OrmQ])
admin.site.unregister([User, Group, AccessAttempt, AccessLog, AccessFailureLog])
# Deleting is for one row at a time, after a look at what would go with it.
admin.site.disable_action("delete_selected")


@admin.register(User)
class UserAdmin(DjangoUserAdmin, HubAdmin):  # type: ignore[type-arg,misc]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "first_name", "last_name", "roles", "is_active", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "groups"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = super().get_queryset(request).prefetch_related("groups")
        return rows

    @column("Roles")
    def roles(self, user: User) -> str:
        """Who may sign in here, and as what."""
        if not user.is_staff:
            return "No staff"
        names = ["Superuser"] if user.is_superuser else []
        names += sorted(group.name for group in user.groups.all())
        return ", ".join(names) or "Staff without a role"


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, HubAdmin):  # type: ignore[misc]
    pass


class SignInAdmin(ReadOnlyAdmin):
    """What the lock-out of the sign-in page has seen: user names and addresses, so for superusers only."""

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(SignInAdmin):
    """Deleting an attempt ends the lock-out it caused."""

    none_yet = "Nobody is locked out, or close to it."
    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    search_fields = ["username", "ip_address"]
    fields = ["username", "ip_address", "failures_since_start", "attempt_time", "user_agent", "path_info"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request)


@admin.register(AccessLog)
class AccessLogAdmin(SignInAdmin):
    list_display = ["username", "ip_address", "attempt_time", "logout_time"]
    search_fields = ["username", "ip_address"]
    fields = ["username", "ip_address", "attempt_time", "logout_time", "user_agent", "path_info"]


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(SignInAdmin):
    none_yet = "Nobody has failed to sign in."
    list_display = ["username", "ip_address", "locked_out", "attempt_time"]
    search_fields = ["username", "ip_address"]
    fields = ["username", "ip_address", "locked_out", "attempt_time", "user_agent", "path_info"]
