from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter, BooleanRadioFilter, DropdownFilter

from integrations import activation as activations
from integrations import agreements, holdups, watermarks
from integrations.admin.bases import KeptWhileUsedAdmin
from integrations.admin.columns import alarm, block, column
from integrations.admin.connecting import ConnectAdmin
from integrations.admin.verb_forms import VerbForm, VerbFormAdmin
from integrations.admin.verbs import Verb
from integrations.admin.write_only import WriteOnlySecretAdmin, WriteOnlySecretForm
from integrations.consent import is_given
from integrations.errors import Conflict
from integrations.models import ClientIntegration, Consent, ConsentType, Schedule
from integrations.models.activations import ClientIntegrationQuerySet
from integrations.principals import Principal
from integrations.schedules import InvalidScheduleError
from integrations.upcoming import next_five

_EDITABLE = {"schedule", "username", "new_secret"}
_COLOURS = {"On": "success", "Paused": "warning", "Held up": "danger"}


def _needs_consent(row: ClientIntegration) -> bool:
    return row.integration.consent_type_id != ConsentType.Id.NONE


def _withdraw(row: ClientIntegration, *, by: Principal, now: datetime) -> None:
    if row.consent is None:
        raise Conflict("There is no consent to withdraw.")
    agreements.withdraw(row.consent, now=now, by=by)


def _renew(row: ClientIntegration, *, by: Principal, now: datetime) -> None:
    """For another year, where it ends at all."""
    if row.consent is None:
        raise Conflict("There is no consent to renew.")
    until = now + timedelta(days=365) if row.consent.expires_on else None
    agreements.renew(row.consent, until=until, now=now, by=by)


def _has_consent(row: ClientIntegration) -> bool:
    return row.consent is not None and row.consent.state != Consent.State.REVOKED


def _lacks_confirmation(row: ClientIntegration) -> bool:
    """A connection is made anew by connecting."""
    is_asked_for = row.integration.consent_type_id == ConsentType.Id.CONFIRM
    return is_asked_for and not is_given(row, timezone.now())


def _has_consent_to_renew(row: ClientIntegration) -> bool:
    """A connection is made anew by connecting."""
    is_asked_for = row.integration.consent_type_id == ConsentType.Id.CONFIRM
    return is_asked_for and row.fitting_consent is not None and _has_consent(row)


ACTIVATION_VERBS = {
    "enable": Verb(
        "Enable", "enabled", activations.enable, fits=lambda row: not row.enabled and not _needs_consent(row)
    ),
    "agree": Verb(
        "Enable: the client agrees",
        "enabled with the client's consent",
        partial(activations.enable, consent=True),
        fits=lambda row: not row.enabled and _needs_consent(row),
    ),
    "agree_again": Verb(
        "The client agrees again",
        "going on with the client's consent",
        partial(activations.enable, consent=True),
        fits=lambda row: row.enabled and _lacks_confirmation(row),
    ),
    "pause": Verb("Pause", "paused", activations.pause, fits=lambda row: row.enabled and not row.paused),
    "resume": Verb("Resume", "resumed", activations.resume, fits=lambda row: row.paused),
    "reset": Verb(
        "Reset the watermark",
        "reset: the next run looks at all rows",
        watermarks.reset,
        fits=lambda row: row.scanned_to is not None,
        warning="The next run looks at all of the client's rows again, which may take a while. What has been "
        "delivered is not sent again by it. Reset the watermark?",
        is_audited=True,
    ),
    "renew": Verb(
        "Renew the consent", "going on under a renewed consent", _renew, fits=_has_consent_to_renew
    ),
    "withdraw": Verb(
        "Withdraw the consent",
        "stopped: the consent is withdrawn",
        _withdraw,
        fits=_has_consent,
        warning="Everything that runs under this consent stops. Withdraw it?",
    ),
    "disable": Verb("Disable", "disabled", activations.disable, fits=lambda row: row.enabled),
}


class ProblemFilter(DropdownFilter):  # type: ignore[misc]
    title = "problem"
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", "Has a problem"), ("no", "Has none")]

    def queryset(
        self, request: HttpRequest, rows: QuerySet[ClientIntegration]
    ) -> QuerySet[ClientIntegration]:
        match self.value():
            case "yes":
                return rows.filter(holdups.TROUBLED)
            case "no":
                return rows.exclude(holdups.TROUBLED)
        return rows


class ActivationForm(WriteOnlySecretForm, VerbForm):
    instance: ClientIntegration

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if schedule := self.fields.get("schedule"):
            usable = Q(owner=None) | Q(owner=self.instance.client_id)
            schedule.queryset = Schedule.objects.filter(usable)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "username" in self.changed_data and cleaned.get("username") and not cleaned.get("new_secret"):
            self.add_error("new_secret", "A new user name needs its secret.")
        return cleaned

    def perform(self) -> ClientIntegration:
        row, data, now = self.instance, self.cleaned_data, timezone.now()
        if row.pk is None:
            return activations.activate_for(data["client"], data["integration"])
        if "schedule" in self.changed_data:
            activations.choose_schedule(row, data["schedule"], now=now, by=self.by)
        if data["new_secret"] or "username" in self.changed_data:
            activations.sign_in_as(
                row, username=data["username"], secret=data["new_secret"], now=now, by=self.by
            )
        return row


@admin.register(ClientIntegration)
class ClientIntegrationAdmin(ConnectAdmin, VerbFormAdmin, WriteOnlySecretAdmin, KeptWhileUsedAdmin):
    none_yet = "A client's use of an integration: added here, then enabled on its page."
    form = ActivationForm
    verbs = ACTIVATION_VERBS
    kept_for = ("items", "runs")
    list_display = ["integration", "client", "state", "problem_in_red", "timetable", "next_run_at"]
    list_filter = [
        ProblemFilter,
        ("client", AutocompleteSelectFilter),
        ("integration", AutocompleteSelectFilter),
        ("enabled", BooleanRadioFilter),
        ("paused", BooleanRadioFilter),
    ]
    search_fields = ["integration__name", "client__name", "client__code", "problem"]
    ordering = ["client__code", "integration__name"]
    sortable_by: list[str] = []
    autocomplete_fields = ["client", "integration"]
    add_fieldsets = [(None, {"fields": ["client", "integration"]})]
    fieldsets = [
        (None, {"fields": ["client", "integration", "state", "whole_problem", "problem_on"]}),
        ("Timetable", {"fields": ["schedule", "timetable", "next_run_at", "coming_runs"]}),
        ("Signing in to the system", {"fields": ["username", "new_secret"]}),
        (
            "How far it has come",
            {"fields": ["scanned_to", "activation_no", "consent", "created_on", "updated_on"]},
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: ClientIntegration | None = None) -> list[str]:
        """The form sets the schedule and the sign-in; the rest is the verbs' and the engine's."""
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))
        return [name for name in shown if name not in _EDITABLE] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClientIntegration]:
        rows = cast("ClientIntegrationQuerySet", super().get_queryset(request))
        told = holdups.with_reasons(rows, timezone.now())
        definition = told.select_related("integration__schedule", "integration__system")
        own = definition.select_related("schedule", "consent__consent_type")
        return own.defer("integration__system__secret")

    def response_add(
        self, request: HttpRequest, obj: ClientIntegration, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On its page it is enabled: what is added is off."""
        if any(name in request.POST for name in ("_addanother", "_continue", IS_POPUP_VAR)):
            usual: HttpResponse = super().response_add(request, obj, post_url_continue)
            return usual
        self.message_user(request, f"{obj} is added, and off. Enable it here.", messages.SUCCESS)
        return redirect("admin:integrations_clientintegration_change", obj.pk)

    @column("State", label=_COLOURS)
    def state(self, row: ClientIntegration) -> str:
        if not row.enabled:
            return "Off"
        if row.paused:
            return "Paused"
        return "On" if row.runnable else "Held up"

    @column("Problem")
    def problem_in_red(self, row: ClientIntegration) -> str | None:
        """Also what holds it up."""
        text = holdups.trouble_of(row, timezone.now())
        return alarm(text) if text else None

    @column("Problem")
    def whole_problem(self, row: ClientIntegration) -> str | None:
        return alarm(row.problem, limit=1000) if row.problem else None

    @column("Runs")
    def timetable(self, row: ClientIntegration) -> str:
        return str(row.effective_schedule)

    @column("Next five runs")
    def coming_runs(self, row: ClientIntegration) -> str:
        """In the client's time zone."""
        try:
            moments = next_five(row, now=timezone.now())
        except InvalidScheduleError as error:
            return alarm(str(error))
        return block("\n".join(f"{moment:%a %Y-%m-%d %H:%M %Z}" for moment in moments))
