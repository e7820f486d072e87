from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)

from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import age, column, excerpt, titled
from integrations.admin.moments import MomentsFilter
from integrations.admin.verbs import Call, Verb
from integrations.errors import Refused
from queues import handling
from queues.acts import Act, legal_states
from queues.admin.bulk_jobs import WHAT_IT_DOES, EverythingAdmin
from queues.admin.everything import NotNameable, named
from queues.admin.item_filters import AttemptsFilter, ItemIdFilter, MessageFilter
from queues.admin.outlook import foretell
from queues.admin.saved_views import PARAMETER, SAVED_VIEWS, SavedViewFilter, chosen_view
from queues.admin.timeline import cycles_of
from queues.admin.wanted import in_words
from queues.models import IntegrationQueue
from queues.states import OPEN, State
from queues.why_not import Explanation, explain

COLOURS = {
    State.PENDING: "info",
    State.PROCESSING: "primary",
    State.SUCCEEDED: "success",
    State.RETRYING: "warning",
    State.DEAD_LETTER: "danger",
    State.ON_HOLD: "warning",
}


def _verb(act: Act, done: str, call: Call) -> Verb:
    legal = legal_states(act)
    return Verb(str(act.label), done, call, fits=lambda item: item.state in legal, hint=WHAT_IT_DOES[act])


_VERBS = {
    act.value: _verb(act, done, call)
    for act, done, call in (
        (Act.RETRY, "made due again", handling.retry),
        (Act.RETRY_WITH_RESET, "made due again", handling.reopen),
        (Act.CANCEL, "cancelled", handling.cancel),
        (Act.HOLD, "put on hold", handling.hold),
        (Act.RELEASE, "released", handling.release),
    )
}


@admin.register(IntegrationQueue)
class IntegrationQueueAdmin(EverythingAdmin, ReadOnlyAdmin):
    """The ledger: changed by the verbs alone, and nothing is ever deleted from it."""

    none_yet = "An item comes with each record that an integration which is on has found to match."
    verbs = _VERBS
    change_form_template = "admin/queue_item.html"
    list_before_template = "admin/queue_list.html"
    list_fullwidth = True
    list_display = ["item", "current_state", "reason", "client", "integration", "attempt", "since"]
    list_filter = [
        SavedViewFilter,
        ("state", ChoicesDropdownFilter),
        ("client", AutocompleteSelectFilter),
        ("integration", AutocompleteSelectFilter),
        ("integration__system", AutocompleteSelectFilter),
        AttemptsFilter,
        MessageFilter,
        ItemIdFilter,
        ("updated_on", MomentsFilter),
        ("created_on", MomentsFilter),
    ]
    list_disable_select_all = True
    search_fields = ["item_id__startswith", "item_name__startswith"]
    search_help_text = "Start of an item's id or name"
    sortable_by: list[str] = []
    readonly_fields = ["idempotency_key"]
    fieldsets = [
        ("Item", {"fields": ["item_id", "item_name", "item_updated_on", "client_integration"]}),
        (
            "Delivery",
            {
                "fields": [
                    "state",
                    "attempt",
                    "cycle",
                    "idempotency_key",
                    "due_at",
                    "crashes",
                    "version",
                    "run",
                ]
            },
        ),
        ("Times", {"fields": ["created_on", "updated_on", "started_on", "finished_on"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[IntegrationQueue]:
        rows: QuerySet[IntegrationQueue] = super().get_queryset(request)
        return rows.select_related(
            "client",
            "integration",
            "run",
            "client_integration__client",
            "client_integration__integration__entity",
        ).defer("client_integration__secret")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        view = chosen_view(request)
        return view.ordering if view else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The whole text is one start, spaces and all: as bulk jobs read it."""
        start = search_term.strip()
        if not start:
            return queryset, False
        return queryset.filter(Q(item_id__startswith=start) | Q(item_name__startswith=start)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        view = chosen_view(request)
        own = {
            "saved_views": _tabs(request),
            "view_hint": view.hint if view else "",
            "everything_acts": self.everything_acts(request),
            "wanted": _chosen(request),
        }
        page: HttpResponse = super().changelist_view(request, {**own, **(extra_context or {})})
        return page

    def page_context(self, request: HttpRequest, row: IntegrationQueue) -> dict[str, Any]:
        now = timezone.now()
        return {
            **super().page_context(request, row),
            "cycles": cycles_of(row),
            "colour": COLOURS.get(State(row.state), ""),
            "is_open": row.state in OPEN,
            "outlook": foretell(row, now=now),
            "why": _why(row, now),
            "entity": row.client_integration.integration.entity_id,
        }

    @column("Item")
    def item(self, item: IntegrationQueue) -> str:
        return titled(item.item_name, "" if item.item_id == item.item_name else item.item_id)

    @column("State", label=COLOURS)
    def current_state(self, item: IntegrationQueue) -> tuple[str, str]:
        return item.state, item.get_state_display()

    @column("Last message")
    def reason(self, item: IntegrationQueue) -> str | None:
        return excerpt(item.message)

    @column("Since")
    def since(self, item: IntegrationQueue) -> str | None:
        return age(item.updated_on, timezone.now())


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Each keeps the other filters that are set, so that one may look at a client's dead letters, too."""
    others = request.GET.copy()
    for name in (PARAMETER, "p", "state__exact"):
        others.pop(name, None)
    here = request.GET.get(PARAMETER, "")
    address = reverse("admin:queue_integrationqueue_changelist")
    tabs = [("", "All", ""), *((view.name, view.title, view.hint) for view in SAVED_VIEWS.values())]
    found = []
    for name, title, hint in tabs:
        query = others.copy()
        if name:
            query[PARAMETER] = name
        found.append(
            {"title": title, "hint": hint, "link": f"{address}?{query.urlencode()}", "active": name == here}
        )
    return found


def _chosen(request: HttpRequest) -> list[tuple[str, str]]:
    """What the list is narrowed by, besides its tab; nothing for a filter that has no words."""
    filters = request.GET.copy()
    filters.pop(PARAMETER, None)
    try:
        return list(in_words(named(filters, now=timezone.now())))
    except NotNameable:
        return []


def _why(item: IntegrationQueue, now: datetime) -> Explanation | None:
    """Clause by clause, with the record as it is now; None where nothing was matched by a filter."""
    integration = item.client_integration.integration
    if not integration.is_outbound:
        return None
    try:
        return explain(integration, item.client, item.item_id, now=now)
    except Refused:
        return None
