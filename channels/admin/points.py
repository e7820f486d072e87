import secrets
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminPasswordWidget

from channels import health, outbox, points
from channels.members import MEMBERS
from channels.models import IntegrationPoint, SendingState
from integrations.admin.bases import ReadOnlyAdmin
from integrations.admin.columns import alarm, column
from integrations.admin.verb_forms import VerbForm, VerbFormAdmin
from integrations.admin.verbs import Verb, VerbsAdmin
from integrations.errors import Fault, Invalid, Refused
from integrations.ownership import check_acts_for
from integrations.principals import Principal

_SECRETS = ("token_remote", "token_remote2", "signing_secret")
_NAMES = {member.column: member.name for member in MEMBERS if member.read is not None}
_COLUMNS = {name: column for column, name in _NAMES.items()}


def _send_test(point: IntegrationPoint, *, by: Principal, now: datetime) -> None:
    check_acts_for(point.client_id, by)
    outbox.post(point, {"text": "A test of this channel."}, key=f"test-{secrets.token_hex(8)}", now=now)


def _state_of(point: IntegrationPoint) -> SendingState | None:
    return getattr(point, "sending", None)


def _is_off(point: IntegrationPoint) -> bool:
    state = _state_of(point)
    return state is not None and state.off_on is not None


_VERBS = {
    "test": Verb("Send a test", "sent a test", _send_test, fits=lambda row: bool(row.send_svcscriptcode)),
    "rotate": Verb(
        "New local token",
        "given a new local token",
        points.rotate_token,
        fits=lambda row: True,
        warning="Whoever calls with the present token is turned away at once. Make a new one?",
        is_audited=True,
    ),
    "on": Verb("Switch sending on", "sending again", health.switch_on, fits=_is_off, is_audited=True),
    "off": Verb(
        "Switch sending off",
        "no longer sending",
        health.switch_off,
        fits=lambda row: not _is_off(row),
        is_audited=True,
    ),
}


def _secret(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        strip=False,
        max_length=4096,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted, never shown. Empty: keeps the one that is stored.",
    )


class PointForm(VerbForm):
    """In words; what a field is called on the wire stands beneath it."""

    instance: IntegrationPoint

    class Meta:
        labels = {
            "url": "URL",
            "recv_svcscriptcode": "Receiving script",
            "recv_parameters": "Receiving parameters",
            "issync": "Answer after the script",
            "recv_timeout": "Receiving timeout",
            "ip_mask": "Allowed addresses",
            "send_svcscriptcode": "Sending script",
            "send_parameters": "Sending parameters",
            "send_rate": "Sending rate",
            "recv_svcscriptcode_ws": "Receiving script of the websocket",
            "send_svcscriptcode_ws": "Sending script of the websocket",
            "allow_files_api": "Allow the files API",
        }
        help_texts = {
            "recv_svcscriptcode": "recv_svcscriptcode",
            "recv_parameters": "recv_parameters",
            "issync": "opts.issync: the hook is answered when its script has run.",
            "ip_mask": "opts.ip_mask: networks, addresses, masks such as 10.1.*; commas between. Empty: any.",
            "send_svcscriptcode": "send_svcscriptcode",
            "send_parameters": "send_parameters",
            "recv_svcscriptcode_ws": "recv_svcscriptcode_ws",
            "send_svcscriptcode_ws": "send_svcscriptcode_ws",
        }

    new_token_remote = _secret("Remote token")
    new_token_remote2 = _secret("Second remote token")
    new_signing_secret = _secret("Signing secret")

    def perform(self) -> IntegrationPoint:
        now, values = timezone.now(), self._values()
        if self.instance.pk is None:
            return points.create(self.cleaned_data["client"], values, by=self.by, now=now)
        point = IntegrationPoint.objects.select_for_update().get(pk=self.instance.pk)
        points.change(point, values, by=self.by, now=now)
        return point

    def show(self, refusal: Refused) -> None:
        """The verb speaks of members as they are on the wire."""
        faults = [Fault(self._field(fault.field or ""), fault.message) for fault in refusal.faults]
        super().show(Invalid(faults))

    def _field(self, name: str) -> str:
        known = _COLUMNS.get(name) or _COLUMNS.get(".".join(name.split(".")[:2]), name)
        return f"new_{known}" if known in _SECRETS else known

    def _values(self) -> dict[str, Any]:
        """What was entered, by the names on the wire; an empty JSON field says what its default does."""
        values = {}
        for column_name in set(self.changed_data) & set(_NAMES):
            default = IntegrationPoint._meta.get_field(column_name).get_default()  # type: ignore[union-attr]
            value = self.cleaned_data[column_name]
            values[_NAMES[column_name]] = default if value is None else value
        for name in _SECRETS:
            if entered := self.cleaned_data[f"new_{name}"]:
                values[_NAMES[name]] = entered
        if self.instance.pk is None:
            values |= {_NAMES[name]: self.cleaned_data[name] for name in ("code", "type")}
        return values


@admin.register(IntegrationPoint)
class IntegrationPointAdmin(VerbsAdmin, VerbFormAdmin):
    none_yet = "A channel takes in a client's webhooks and sends its messages."
    form = PointForm
    verbs = _VERBS
    list_display = ["code", "type", "client", "receives_with", "sends_with", "sending_state"]
    list_filter = [("client", AutocompleteSelectFilter), "type"]
    search_fields = ["code", "title", "client__name", "client__code"]
    ordering = ["client__code", "code", "id"]
    sortable_by: list[str] = []
    autocomplete_fields = ["client"]
    readonly_fields = ["point_id", "sending_state", "secrets_version", "created_on", "updated_on"]
    fieldsets = [
        (None, {"fields": ["client", "code", "type", "title", "comment", "url"]}),
        (
            "Receiving",
            {
                "fields": [
                    "recv_svcscriptcode",
                    "recv_parameters",
                    "issync",
                    "recv_timeout",
                    "ip_mask",
                    "signature",
                    "signature_header",
                    "new_signing_secret",
                ]
            },
        ),
        (
            "Sending",
            {
                "fields": [
                    "send_svcscriptcode",
                    "send_parameters",
                    "send_rate",
                    "new_token_remote",
                    "new_token_remote2",
                    "sending_state",
                ]
            },
        ),
        (
            "Websockets and API",
            {"fields": ["recv_svcscriptcode_ws", "send_svcscriptcode_ws", "allow_files_api"]},
        ),
        ("Identity", {"fields": ["point_id", "secrets_version", "created_on", "updated_on"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[IntegrationPoint]:
        rows: Any = super().get_queryset(request)
        selected: QuerySet[IntegrationPoint] = rows.select_related("client", "sending").without_secrets()
        return selected

    def get_readonly_fields(self, request: HttpRequest, obj: IntegrationPoint | None = None) -> list[str]:
        return [*self.readonly_fields, "client"] if obj else list(self.readonly_fields)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], list[Any]]:
        """Its messages go with it, and are too many to list."""
        return [f"channel {point} with its messages" for point in objs], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: IntegrationPoint) -> None:
        points.erase(obj)

    @column("Receiving script")
    def receives_with(self, point: IntegrationPoint) -> str:
        return point.recv_svcscriptcode

    @column("Sending script")
    def sends_with(self, point: IntegrationPoint) -> str:
        return point.send_svcscriptcode

    @column("Sending")
    def sending_state(self, point: IntegrationPoint) -> str:
        state = _state_of(point)
        if state is None or (state.failing_since is None and state.off_on is None):
            return "Well" if point.send_svcscriptcode else "-"
        if state.off_on is not None:
            return alarm(f"Off since {state.off_on:%Y-%m-%d %H:%M}: {state.off_reason}")
        return f"Failing since {state.failing_since:%Y-%m-%d %H:%M}"


@admin.register(SendingState)
class SendingStateAdmin(ReadOnlyAdmin):
    none_yet = "All is well. A channel that cannot deliver is listed here, with since when and why."
    list_display = ["point", "failing_since", "failures", "open_until", "off_on", "off_reason"]
    ordering = ["pk"]
    sortable_by: list[str] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[SendingState]:
        rows: QuerySet[SendingState] = super().get_queryset(request).select_related("point")
        return rows
