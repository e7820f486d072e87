"""The first five minutes of an empty hub: what to do, and what is done already."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Exists
from django.urls import reverse

from integrations.models import (
    Action,
    Client,
    ClientIntegration,
    Entity,
    Integration,
    Record,
    Schedule,
    System,
)
from queues.models import IntegrationQueue
from queues.states import State


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    hint: str
    link: str
    done: bool


_STEPS = (
    ("Add a client", "Whose rows the hub moves.", "integrations_client_add", Client.objects.all()),
    (
        "Describe an entity",
        "A kind of row: its key, its name, its typed properties.",
        "integrations_entity_add",
        Entity.objects.all(),
    ),
    (
        "Name a system",
        "Where it is, and how the hub signs in.",
        "integrations_system_add",
        System.objects.all(),
    ),
    (
        "Say what is sent",
        "An action: the request that is made for a row, and how the row is put into it.",
        "integrations_action_add",
        Action.objects.all(),
    ),
    (
        "Make a schedule",
        "How often the hub looks for rows.",
        "integrations_schedule_add",
        Schedule.objects.all(),
    ),
    (
        "Publish an integration",
        "Which rows go where, by which action, and when: it joins what you have made.",
        "integrations_integration_add",
        Integration.objects.filter(version__gt=0),
    ),
    (
        "Enable it for the client",
        "Choose both and save; then press Enable on the page of the two.",
        "integrations_clientintegration_add",
        ClientIntegration.objects.filter(enabled=True),
    ),
    (
        "Store a record",
        "Give the client a credential. Its programs send rows by POST to /hub/v1/records/; /docs/ shows how.",
        "integrations_credential_add",
        Record.objects.all(),
    ),
    (
        "See it delivered",
        "The engine does that by itself; where it cannot, the item says why.",
        "queue_integrationqueue_changelist",
        IntegrationQueue.objects.filter(state=State.SUCCEEDED),
    ),
)


def steps() -> list[Step]:
    """In one question to the database; nothing when all of them are done."""
    done = (
        User.objects.order_by("pk").values_list(*(Exists(rows.values("pk")) for *_, rows in _STEPS)).first()
    )
    if done is None or all(done):
        return []
    return [
        Step(title, hint, reverse(f"admin:{view}"), ticked)
        for (title, hint, view, _), ticked in zip(_STEPS, done, strict=True)
    ]
