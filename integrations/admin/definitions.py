from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    RelatedDropdownFilter,
)
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from integrationhub.wire.expressions.errors import ExpressionError
from integrations import filters, publishing, versions
from integrations.admin.bases import KeptWhileUsedAdmin, ReadOnlyAdmin
from integrations.admin.bundles import BundleAdmin
from integrations.admin.columns import block, column, json_block
from integrations.admin.history import HistoryAdmin
from integrations.admin.json_fields import ReadableJSONField
from integrations.admin.verb_forms import VerbForm, VerbFormAdmin
from integrations.errors import Refused
from integrations.models import Direction, Integration, IntegrationVersion


class IntegrationForm(VerbForm):
    """`seen_version` tells whether somebody else has published since the page was opened."""

    instance: Integration

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    filter = forms.CharField(
        required=False,
        strip=False,
        empty_value=None,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5, "class": "hub-code", "spellcheck": "false"}),
        help_text=Integration._meta.get_field("filter").help_text,
    )
    backoff = ReadableJSONField(
        indent=None,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=Integration._meta.get_field("backoff").help_text,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if notes := self.fields.get("notes"):
            notes.widget.attrs["rows"] = 3
        published = Integration.objects.filter(pk=self.instance.pk)
        self.initial["seen_version"] = published.values_list("row_version", flat=True).first()

    def perform(self) -> Integration:
        self.instance.row_version = self.cleaned_data["seen_version"] or 1
        publishing.publish(self.instance, by=self.by, now=timezone.now())
        return self.instance

    def show(self, refusal: Refused) -> None:
        if refusal.field == "filter":
            self.add_error("filter", format_html("{}{}", refusal.message, place_of_fault(self.instance)))
        else:
            super().show(refusal)


def place_of_fault(integration: Integration, *, with_reason: bool = False) -> str:
    """The line of the filter at fault, with a caret under the character; empty where there is none."""
    try:
        filters.compiled(integration)
    except ExpressionError as error:
        place = error.caret(integration.filter or "").removesuffix(error.message)
        reason = format_html('<p class="hub-alarm">{}</p>', error.message) if with_reason else ""
        return format_html('{}<pre class="hub-caret">{}</pre>', reason, place)
    return ""


@admin.register(Integration)
class IntegrationAdmin(BundleAdmin, HistoryAdmin, VerbFormAdmin, KeptWhileUsedAdmin):
    """Saving is publishing."""

    none_yet = "What is sent or brought in, when and how: defined once, for all clients."
    form = IntegrationForm
    list_before_template = "admin/integration_list.html"
    kept_for = ("activations", "versions")
    list_display = ["name", "owner", "direction", "entity", "system", "active", "managed", "version"]
    list_select_related = ["owner", "direction", "entity", "system"]
    list_filter = [
        ("owner", AutocompleteSelectFilter),
        ("direction", RelatedDropdownFilter),
        ("entity", AutocompleteSelectFilter),
        ("system", AutocompleteSelectFilter),
        ("active", BooleanRadioFilter),
        ("managed", BooleanRadioFilter),
    ]
    search_fields = ["name", "notes"]
    autocomplete_fields = ["owner", "entity", "system", "action", "schedule"]
    fieldsets = [
        (
            "Definition",
            {
                "classes": ["tab"],
                "fields": [
                    "name",
                    "owner",
                    "active",
                    "managed",
                    "direction",
                    "entity",
                    "notes",
                    "seen_version",
                ],
            },
        ),
        ("Filter", {"classes": ["tab"], "fields": ["filter", "include_update", "continuous"]}),
        ("Delivery", {"classes": ["tab"], "fields": ["system", "action", "element_id"]}),
        ("Schedule", {"classes": ["tab"], "fields": ["schedule", "allow_schedule_update", "consent_type"]}),
        (
            "Limits",
            {
                "classes": ["tab"],
                "fields": ["max_attempts", "batch_size", "parallel", "strict_order", "backoff"],
            },
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and _may_publish(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_publish(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Integration]:
        rows: QuerySet[Integration] = super().get_queryset(request).prefetch_related("entity__properties")
        return rows

    def save_model(self, request: HttpRequest, obj: Integration, form: Any, change: bool) -> None:
        for warning in publishing.warnings(obj, now=timezone.now()):
            self.message_user(request, warning, messages.WARNING)


def _may_publish(request: HttpRequest) -> bool:
    return request.user.has_perm(publishing.PERMISSION)


@admin.register(IntegrationVersion)
class IntegrationVersionAdmin(ReadOnlyAdmin):
    none_yet = "Publishing an integration makes one."
    list_display = ["integration", "number", "published_on", "published_by"]
    list_select_related = ["integration", "published_by"]
    list_filter = [("integration", AutocompleteSelectFilter)]
    ordering = ["-id"]
    sortable_by: list[str] = []
    fields = ["integration", "number", "published_on", "published_by", "changes", "content"]
    readonly_fields = ["changes", "content"]

    @column("Changes")
    def changes(self, version: IntegrationVersion) -> str | None:
        """Against the version before."""
        before = version.integration.versions.filter(number__lt=version.number).first()
        changes = versions.diff(before, version) if before else []
        return block("\n".join(change.text for change in changes)) if changes else None

    @column("Definition")
    def content(self, version: IntegrationVersion) -> str:
        return json_block(version.definition)


@admin.register(Direction)
class DirectionAdmin(ReadOnlyAdmin):
    list_display = ["name", "id"]
