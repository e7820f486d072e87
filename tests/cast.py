"""The fixed cast of the suite: who there is, and how to make what they own.

Acme and Borealis are clients, each with a principal of its own; the stranger is a third client that owns
nothing and may see nothing of theirs. Staff see all. Functions named `make_…` save what they return.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations import publishing, records
from integrations.models import (
    Action,
    Client,
    ClientIntegration,
    Consent,
    ConsentType,
    Direction,
    Entity,
    EntityProperty,
    Integration,
    IntegrationVersion,
    Schedule,
    System,
)
from integrations.principals import Principal, Scope

CLIENT_SCOPES = frozenset(Scope.values) - {Scope.STAFF}
PAYMENT = {
    "Id": "Guid",
    "Number": "String",
    "Amount": "Decimal",
    "Status": "String",
    "DueOn": "Date",
    "Urgent": "Boolean",
    "Lines": "Int",
    "Rate": "Double",
    "UpdatedOn": "DateTime",
}
REQUIRED = {"Id", "Number", "UpdatedOn"}


@pytest.fixture
def now() -> datetime:
    """The moment at which tests take place, a Monday."""
    return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def acme(db: None) -> Client:
    return Client.objects.create(code="acme", name="Acme", time_zone="Europe/Helsinki")


@pytest.fixture
def borealis(db: None) -> Client:
    return Client.objects.create(code="borealis", name="Borealis", time_zone="America/New_York")


@pytest.fixture
def stranger(db: None) -> Client:
    return Client.objects.create(code="stranger", name="Stranger")


@pytest.fixture
def as_acme(acme: Client) -> Principal:
    return make_principal(acme)


@pytest.fixture
def as_borealis(borealis: Client) -> Principal:
    return make_principal(borealis)


@pytest.fixture
def as_stranger(stranger: Client) -> Principal:
    return make_principal(stranger)


@pytest.fixture
def as_staff(db: None) -> Principal:
    """A member of staff who picked no client."""
    user = User.objects.create_superuser("staff", password="staff")
    return Principal(user=user, client=None, scopes=frozenset(Scope.values))


@pytest.fixture
def payment(db: None) -> Entity:
    """An entity with one property of every type."""
    return make_entity("Payment", PAYMENT)


@pytest.fixture
def payments_out(payment: Entity, now: datetime) -> Integration:
    """A managed export of payments without a filter."""
    return make_integration(payment, now=now)


@pytest.fixture
def acme_payments(
    acme: Client, payments_out: Integration, as_acme: Principal, now: datetime
) -> ClientIntegration:
    """Acme's use of the export, switched on."""
    return make_activation(acme, payments_out, now=now)


def make_principal(client: Client) -> Principal:
    return Principal(user=None, client=client, scopes=CLIENT_SCOPES)


def make_entity(entity_id: str, properties: Mapping[str, str]) -> Entity:
    """`properties`: type by name, among them Id, Number (the name) and UpdatedOn."""
    entity = Entity.objects.create(
        id=entity_id,
        name=entity_id,
        key_property="Id",
        name_property="Number",
        updated_on_property="UpdatedOn",
    )
    EntityProperty.objects.bulk_create(
        EntityProperty(entity=entity, name=name, type=kind, nullable=name not in REQUIRED, position=position)
        for position, (name, kind) in enumerate(properties.items())
    )
    return entity


def make_system(owner: Client | None = None, **fields: Any) -> System:
    return System.objects.create(
        **{"name": "ERP", "base_url": "https://erp.example.com/api", "owner": owner, **fields}
    )


def make_schedule(owner: Client | None = None, **fields: Any) -> Schedule:
    return Schedule.objects.create(**{"name": "Hourly", "cron": "0 * * * *", "owner": owner, **fields})


def make_action(owner: Client | None = None, **fields: Any) -> Action:
    configuration = {"method": "POST", "path": "/payments"}
    return Action.objects.create(
        **{
            "name": "Send",
            "handler": "http.send",
            "configuration": configuration,
            "owner": owner,
            **fields,
        }
    )


def draft_integration(entity: Entity, owner: Client | None = None, **fields: Any) -> Integration:
    """Not published yet. The parts that are not given are its owner's, made when there are none."""
    return Integration(
        **{
            "name": "Payments to the ERP",
            "owner": owner,
            "managed": owner is None,
            "entity": entity,
            "direction_id": Direction.Id.OUTBOUND,
            "system": fields.get("system") or _first(System, "ERP", owner) or make_system(owner),
            "action": fields.get("action") or _first(Action, "Send", owner) or make_action(owner),
            "schedule": fields.get("schedule") or _first(Schedule, "Hourly", owner) or make_schedule(owner),
            **fields,
        }
    )


def _first(model: Any, name: str, owner: Client | None) -> Any:
    return model.objects.filter(name=name, owner=owner).first()


def make_integration(
    entity: Entity, owner: Client | None = None, *, now: datetime, **fields: Any
) -> Integration:
    """Published, with its first version, by the shortest way: test_cast.py compares it with the long one."""
    integration = draft_integration(entity, owner, **{"version": 1, **fields})
    integration.save()
    IntegrationVersion.objects.create(
        integration=integration,
        number=1,
        definition={name: getattr(integration, name) for name in publishing.DEFINITION},
        published_on=now,
    )
    return integration


def make_activation(client: Client, integration: Integration, *, now: datetime) -> ClientIntegration:
    """The client's use of the integration, switched on and due at once, with the consent that it needs."""
    needed = integration.consent_type
    agreed = needed.pk != ConsentType.Id.NONE and Consent.objects.create(
        client=client, consent_type=needed, granted_on=now
    )
    return ClientIntegration.objects.create(
        client=client,
        integration=integration,
        consent=agreed or None,
        enabled=True,
        activation_no=1,
        runnable=integration.active and client.active,
        next_run_at=now,
    )


def payment_row(number: int, *, updated_on: datetime, **values: object) -> dict[str, object]:
    """A payment as a client would send it; `number` makes its id and its name."""
    return {
        "Id": f"00000000-0000-0000-0000-{number:012}",
        "Number": f"P-{number}",
        "Amount": "100.00",
        "Status": "Open",
        "DueOn": (updated_on + timedelta(days=30)).date().isoformat(),
        "UpdatedOn": updated_on.isoformat(),
        **values,
    }


def store_payments(client: Client, entity: Entity, count: int, *, now: datetime, **values: object) -> None:
    """Payments 1 to `count`, updated and stored now."""
    rows = [payment_row(number, updated_on=now, **values) for number in range(1, count + 1)]
    records.store(client, entity, rows, now=now)
