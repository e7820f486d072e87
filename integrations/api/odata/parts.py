import json
from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework.exceptions import APIException

from integrationhub.wire import json_bodies
from integrationhub.wire.odata.errors import Detail, invalid
from integrationhub.wire.odata.registry import EntitySet, EntityType, Property
from integrations import parts, removal
from integrations.api.odata.columns import (
    DATES,
    OWNER,
    ROW_VERSION,
    STRING,
    flag,
    key,
    name,
    to_many,
)
from integrations.api.odata.verbs import owned_verbs
from integrations.api.odata.visibility import seen
from integrations.models import Action, Schedule, System


def _configuration(columns: Mapping[str, Any]) -> str:
    return json.dumps(columns["configuration"], ensure_ascii=False)


# Neither secrets nor the names and headers that go with them are published.
SYSTEM = EntityType(
    "System",
    ("Id",),
    (
        key("SystemId"),
        name(),
        Property("BaseUrl", STRING, "base_url", nullable=False, min_length=1, max_length=2048),
        Property("Authentication", STRING, "authentication", nullable=False, max_length=16, default="none"),
        flag("Shareable", "shareable"),
        OWNER,
        *DATES,
    ),
    (to_many("Integrations", "Integrations", "system_id", partner="System"),),
    concurrency=ROW_VERSION,
)
SCHEDULE = EntityType(
    "Schedule",
    ("Id",),
    (
        key("ScheduleId"),
        name(),
        Property("Cron", STRING, "cron", nullable=False, min_length=1, max_length=128),
        flag("Shareable", "shareable", default=True),
        OWNER,
        *DATES,
    ),
    (
        to_many("Integrations", "Integrations", "schedule_id", partner="Schedule"),
        to_many("ClientIntegrations", "ClientIntegrations", "schedule_id", partner="Schedule"),
    ),
    concurrency=ROW_VERSION,
)
ACTION = EntityType(
    "Action",
    ("Id",),
    (
        key("ActionId"),
        name(),
        Property("Handler", STRING, "handler", nullable=False, min_length=1, max_length=64),
        Property(
            "Configuration",
            STRING,
            nullable=False,
            default="{}",
            compute=_configuration,
            needs=("configuration",),
            filterable=False,
            sortable=False,
        ),
        flag("Shareable", "shareable"),
        OWNER,
        *DATES,
    ),
    (to_many("Integrations", "Integrations", "action_id", partner="Action"),),
    concurrency=ROW_VERSION,
)


def definition_parts() -> Sequence[EntitySet]:
    """What definitions are built from: clients write their own, staff also the hub's."""
    systems = owned_verbs(
        SYSTEM, lambda caller: System(owner=caller.principal.client), parts.save, removal.remove
    )
    schedules = owned_verbs(
        SCHEDULE, lambda caller: Schedule(owner=caller.principal.client), parts.save, removal.remove
    )
    actions = owned_verbs(
        ACTION,
        lambda caller: Action(owner=caller.principal.client),
        parts.save,
        removal.remove,
        converted={"Configuration": ("configuration", _object)},
    )
    return [
        EntitySet("Systems", SYSTEM, seen(System), **systems._asdict(), searched=("Name",)),
        EntitySet("Schedules", SCHEDULE, seen(Schedule), **schedules._asdict(), searched=("Name",)),
        EntitySet("Actions", ACTION, seen(Action), **actions._asdict(), searched=("Name", "Handler")),
    ]


def _object(text: str) -> dict[str, Any]:
    """The configuration travels as a text of JSON, which every client can carry."""
    try:
        value = json_bodies.loads(text.encode())
    except APIException:
        value = None
    if not isinstance(value, dict):
        raise invalid([Detail("Configuration", "Configuration must be the text of a JSON object.")])
    return value
