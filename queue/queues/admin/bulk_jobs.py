"""Acts on everything that a filtered list shows: counted first, then done by a job that one can watch."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join

from integrations.admin.bases import ReadOnlyAdmin, staff_principal
from integrations.admin.columns import block, column
from integrations.admin.verbs import Verb, VerbsAdmin
from integrations.errors import Refused
from queues import bulk
from queues.admin.everything import NotNameable, is_nameable, named, shown_again
from queues.admin.wanted import in_words
from queues.models import BulkJob
from queues.states import State

_LIST = "admin:queue_integrationqueue_changelist"
_JOB = "admin:queue_bulkjob_change"
_COLOURS = {
    "Waiting": "info",
    "Running": "primary",
    "Done": "success",
    "Stopped": "warning",
    "Failed": "danger",
}
# To an item.
WHAT_IT_DOES = {
    bulk.Act.RETRY: "Executes it once more. Its attempts go on counting: a dead letter gets one try.",
    bulk.Act.RETRY_WITH_RESET: "Opens it again as if it had never failed, with all its attempts.",
    bulk.Act.CANCEL: "Takes it out. What is being sent at this moment is not called back.",
    bulk.Act.HOLD: "Sets it aside until somebody releases it.",
    bulk.Act.RELEASE: "Lets it go on where it was.",
}


class EverythingAdmin(VerbsAdmin):
    """A list whose filter can be acted on as a whole."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.everything_view)
        return [path("everything/<str:act>/", view, name="queue_everything"), *super().get_urls()]

    def everything_acts(self, request: HttpRequest) -> list[tuple[str, str]]:
        """(title, address) of what can be done to all that the list shows."""
        if not (self.has_operate_permission(request) and is_nameable(request)):
            return []
        chosen = request.GET.urlencode()
        return [
            (str(act.label), f"{reverse('admin:queue_everything', args=[act.value])}?{chosen}")
            for act in bulk.Act
        ]

    def everything_view(self, request: HttpRequest, act: str) -> HttpResponse:
        """Asked: how many rows it would be. Posted: starts the job."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        try:
            wanted = named(request.GET, now=timezone.now())
            if request.method == "POST":
                job = bulk.start(act, wanted, by=staff_principal(request), now=timezone.now())
                return redirect(_JOB, job.pk)
            preview = bulk.preview(act, wanted, by=staff_principal(request))
        except NotNameable:
            return self._back(request, "This filter is for looking only: choose rows one by one.")
        except Refused as refusal:
            return self._back(request, refusal.message)
        return self._confirm(request, bulk.Act(act), wanted, preview)

    def _confirm(
        self, request: HttpRequest, act: bulk.Act, wanted: Mapping[str, Any], preview: bulk.Preview
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{act.label}: everything that matches",
            "opts": self.opts,
            "act": act,
            "what_it_does": WHAT_IT_DOES[act],
            "wanted": list(in_words(wanted)),
            "preview": preview,
            "states": [(State(state).label, number) for state, number in sorted(preview.by_state.items())],
            "skipped": preview.matching - preview.legal,
            "list_address": f"{reverse(_LIST)}?{request.GET.urlencode()}",
        }
        return TemplateResponse(request, "admin/everything.html", context)

    def _back(self, request: HttpRequest, message: str) -> HttpResponse:
        self.message_user(request, message, messages.ERROR)
        return redirect(f"{reverse(_LIST)}?{request.GET.urlencode()}")


@admin.register(BulkJob)
class BulkJobAdmin(VerbsAdmin, ReadOnlyAdmin):
    """What was done to many rows at once, by whom, and how far it has come."""

    none_yet = "Doing something with all items that match, above the list of the queue, makes one."
    verbs = {"stop": Verb("Stop", "stopped", bulk.stop, fits=lambda job: not job.has_ended, is_audited=True)}
    change_form_template = "admin/bulk_job.html"
    list_display = ["act_shown", "current_state", "done", "skipped", "total", "actor", "created_on"]
    ordering = ["-id"]
    sortable_by: list[str] = []
    list_select_related = ["client"]
    fields = ["act", "actor", "client", "wanted", "created_on"]
    readonly_fields = ["wanted"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may act on the rows may stop doing so."""
        return request.user.has_perm("queue.change_integrationqueue")

    def page_context(self, request: HttpRequest, row: BulkJob) -> dict[str, Any]:
        return {
            **super().page_context(request, row),
            "colour": _COLOURS.get(row.state, ""),
            "list_address": f"{reverse(_LIST)}?{urlencode(shown_again(row.filter))}",
        }

    @column("Which items")
    def wanted(self, job: BulkJob) -> str:
        return block(format_html_join("\n", "{}: <bdi>{}</bdi>", in_words(job.filter)) or "All")

    @column("What")
    def act_shown(self, job: BulkJob) -> str:
        return str(bulk.Act(job.act).label)

    @column("State", label=_COLOURS)
    def current_state(self, job: BulkJob) -> str:
        return job.state
