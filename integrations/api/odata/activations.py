from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from integrationhub.wire.odata.registry import (
    Caller,
    EntitySet,
    EntityType,
    Navigation,
    Operation,
    Parameter,
    Property,
    Values,
)
from integrations import activation
from integrations.api.odata.columns import (
    BOOLEAN,
    CLIENT,
    DATES,
    INT32,
    MOMENT,
    ROW_VERSION,
    STRING,
    flag,
    key,
    shown,
    to_many,
    to_one,
)
from integrations.api.odata.verbs import act, client_of, spoken
from integrations.api.odata.visibility import seen
from integrations.models import ClientIntegration, Integration, Schedule
from integrations.principals import Principal

PROPERTIES = (
    key("ClientIntegrationId"),
    Property("IntegrationId", INT32, "integration_id", nullable=False, updatable=False),
    Property("ScheduleId", INT32, "schedule_id"),
    shown("ConsentId", INT32, "consent_id"),
    flag("Enabled", "enabled", "IsEnabled"),
    flag("Paused", "paused", "IsPaused"),
    shown("Runnable", BOOLEAN, "runnable", nullable=False),
    shown("NextRunOn", MOMENT, "next_run_at"),
    shown("Problem", STRING, "problem", nullable=False, max_length=1000),
    shown("ProblemOn", MOMENT, "problem_on"),
    CLIENT,
    *DATES,
)


def _takeable(principal: Principal) -> QuerySet[Integration]:
    """Staff may switch on for a client what that client does not see yet."""
    return Integration.objects.visible_to(
        replace(principal, client=None) if principal.is_staff else principal
    )


NAVIGATIONS = (
    replace(
        to_one("Integration", "Integrations", "integration_id", partner="ClientIntegrations"),
        referable=_takeable,
    ),
    to_one("Schedule", "Schedules", "schedule_id", partner="ClientIntegrations", nullable=True),
    to_one("Consent", "Consents", "consent_id", partner="ClientIntegrations", nullable=True),
    to_many(
        "ClientIntegrationAccounts",
        "ClientIntegrationAccounts",
        "client_integration_id",
        partner="ClientIntegration",
    ),
    to_many("IntegrationRuns", "IntegrationRuns", "client_integration_id", partner="ClientIntegration"),
)
_KIND = EntityType("ClientIntegration", ("Id",), PROPERTIES)


def client_integrations(*more: Navigation) -> Sequence[EntitySet]:
    """A client's use of an integration, switched on and off, at times of its own where that is allowed."""
    kind = EntityType(
        "ClientIntegration", ("Id",), PROPERTIES, (*NAVIGATIONS, *more), concurrency=ROW_VERSION
    )
    rows = seen(ClientIntegration, "secret")
    return [EntitySet("ClientIntegrations", kind, rows, create=_take_up, update=_change)]


def operations() -> Sequence[Operation]:
    of_set: Mapping[str, Any] = {"on": "ClientIntegrations"}
    consent = Parameter("Consent", BOOLEAN, nullable=False, default=False)
    return [
        act("Enable", _KIND, _enable, **of_set, parameters=(consent,)),
        act("Disable", _KIND, activation.disable, **of_set),
        act("Pause", _KIND, activation.pause, **of_set),
        act("Resume", _KIND, activation.resume, **of_set),
    ]


def _enable(row: ClientIntegration, **arguments: Any) -> None:
    activation.enable(row, consent=arguments.pop("Consent"), **arguments)


def _take_up(caller: Caller, values: Values) -> ClientIntegration:
    client = client_of(caller)
    integration = _takeable(caller.principal).get(pk=values["IntegrationId"])
    with spoken(_KIND):
        row = activation.activate_for(client, integration)
    _change(caller, row, values)
    return row


def _change(caller: Caller, row: ClientIntegration, values: Values) -> None:
    asked: Mapping[str, Any] = {"by": caller.principal, "now": caller.now}
    with spoken(_KIND):
        if "ScheduleId" in values and values["ScheduleId"] != row.schedule_id:
            visible = Schedule.objects.visible_to(caller.principal)
            activation.choose_schedule(row, visible.filter(pk=values["ScheduleId"]).first(), **asked)
        if values.get("Enabled", row.enabled) != row.enabled:
            (activation.enable if values["Enabled"] else activation.disable)(row, **asked)
        if values.get("Paused", row.paused) != row.paused:
            (activation.pause if values["Paused"] else activation.resume)(row, **asked)
