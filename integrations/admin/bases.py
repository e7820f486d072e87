"""What the pages of the back office have in common."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from integrations import auditing, callers
from integrations.principals import Principal

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COUNTED = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Has at most COUNTED rows: nobody turns to page 200, and a count of millions is slow.

    The table is looked through once, for their keys: a search that no index serves is not made a second time
    for the rows of the page.
    """

    template_name = "admin/pagination_bounded.html"

    @cached_property
    def keys(self) -> list[Any]:
        return list(self._rows.values_list("pk", flat=True)[:COUNTED])

    @cached_property
    def count(self) -> int:
        return len(self.keys)

    @property
    def is_cut_off(self) -> bool:
        return self.count == COUNTED

    def page(self, number: int | str) -> Page[Any]:
        valid = self.validate_number(number)
        first = (valid - 1) * self.per_page
        rows = self._rows.filter(pk__in=self.keys[first : first + self.per_page])
        return Page(rows, valid, self)

    @property
    def _rows(self) -> QuerySet[Any]:
        return cast("QuerySet[Any]", self.object_list)


class HubChangeList(ChangeList):  # type: ignore[misc]
    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        if not self.is_popup:
            self.title = capfirst(self.opts.verbose_name_plural)
        # `url_for_result` adds them: Django would look up each row's address among all of the hub's first.
        self.kept_filters: str = self.model_admin.get_preserved_filters(request)
        self.preserved_filters = ""

    def url_for_result(self, result: Model) -> str:
        address: str = super().url_for_result(result)
        return f"{address}?{self.kept_filters}" if self.kept_filters else address

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # The page's header would compare the two counts, and one of them may have been cut off.
        self.full_result_count = self.result_count
        # A list of one page would be searched anew, past the paginator.
        self.result_list = self.paginator.get_page(self.page_num).object_list


class HubAdmin(ModelAdmin):  # type: ignore[misc]
    # What an empty list would have, and how that comes to be: a list that is never empty has no words for it.
    none_yet = ""
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = BoundedPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return HubChangeList

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        auditing.note("add", obj, by=staff_principal(request), now=timezone.now(), changes=message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The message names fields, and no values: secrets stay out of it."""
        auditing.note("change", obj, by=staff_principal(request), now=timezone.now(), changes=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        auditing.note_all("delete", list(queryset), by=staff_principal(request), now=timezone.now())
        return super().log_deletions(request, queryset)


class RowPageAdmin(HubAdmin):
    """The page of a row shows more than its form."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        own = self.page_context(request, row) if row else {}
        page: HttpResponse = super().change_view(
            request, object_id, form_url, {**own, **(extra_context or {})}
        )
        return page

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the template needs beyond the form."""
        return {}


class ReadOnlyAdmin(HubAdmin):
    """Rows that the hub writes and people only read."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class VersionedAdmin(HubAdmin):
    """Rows whose `row_version` is an ETag for REST: a change made here makes older ETags stale, too."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            # Not the form's own version: it may be the one of an old row that is brought back.
            rows = type(obj)._default_manager.select_for_update().filter(pk=obj.pk)
            obj.row_version = rows.values_list("row_version", flat=True).get() + 1
        super().save_model(request, obj, form, change)


class KeptWhileUsedAdmin(VersionedAdmin):
    """Rows that are not deleted while others, of the reverse relations `kept_for`, hang on them."""

    kept_for: tuple[str, ...] = ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (obj and any(getattr(obj, name).exists() for name in self.kept_for))


def staff_principal(request: HttpRequest) -> Principal:
    """The person in the back office, for the verbs. What they may do here, Django's permissions have said."""
    return callers.person(cast("User", request.user), None)


def place_to_return(request: HttpRequest) -> str:
    """The page of the back office that a form names as its own; empty where it names none, or another."""
    back = request.POST.get("back", "")
    is_ours = back.startswith("/admin/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if is_ours else ""
