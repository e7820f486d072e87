"""What the demo sets up: three entities, the ERP as a system, four integrations that send to it, and one that
reads from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations import publishing
from integrations.models import (
    Action,
    Client,
    ConsentType,
    Direction,
    Entity,
    EntityProperty,
    Integration,
    Schedule,
    System,
)
from integrations.principals import Principal

RATES = "ExchangeRate"
PAYMENTS = "Payment"
RECEIPTS = "Receipt"

RATES_EXPORT = "ECB rates export"
PAYMENTS_EXPORT = "Payments export"
PAYMENT_STATUS_POLL = "Payment status poll"
TREASURY_REPORT = "Treasury report"
RECEIPTS_IMPORT = "Receipts import"

_ERP = "Demo ERP"
_PROPERTIES: Mapping[str, Sequence[tuple[str, str]]] = {
    RATES: (
        ("Id", "String"),
        ("Date", "Date"),
        ("Currency", "String"),
        ("Rate", "Decimal"),
        ("PublishedOn", "DateTime"),
    ),
    PAYMENTS: (
        ("Id", "String"),
        ("Number", "String"),
        ("Debtor", "String"),
        ("CreditorIban", "String"),
        ("Amount", "Decimal"),
        ("Currency", "String"),
        ("Status", "String"),
        ("DueOn", "DateTime"),
        ("UpdatedOn", "DateTime"),
        ("Reference", "String"),
    ),
    RECEIPTS: (
        ("Id", "String"),
        ("Number", "String"),
        ("Amount", "Decimal"),
        ("Currency", "String"),
        ("BookedOn", "DateTime"),
    ),
}
_BOOKED = (
    "{Number: Number, Debtor: Debtor, CreditorIban: CreditorIban, Amount: Amount, Currency: Currency,"
    " DueOn: DueOn, Reference: Reference}"
)
# The ERP fails now and then, never for long: these outlast it, and a restart of it as well.
_RETRIES: Mapping[str, Any] = {"backoff": [1, 3, 10], "max_attempts": 20}


@dataclass(frozen=True, slots=True)
class Definition:
    """One integration of the demo and the action it executes."""

    name: str
    entity: str
    filter: str
    notes: str
    configuration: Mapping[str, Any]
    flags: Mapping[str, Any]
    handler: str = "http.send"
    direction: Direction.Id = Direction.Id.OUTBOUND


SENDINGS = (
    Definition(
        RATES_EXPORT,
        RATES,
        "x => x.Rate > 0",
        "Each reference rate of the European Central Bank, again whenever it has been corrected.",
        {"method": "PUT", "path": "/rates/{Date}/{Currency}", "body": "{Rate: Rate}"},
        {"managed": True, "include_update": True, "parallel": True, "batch_size": 100},
    ),
    Definition(
        PAYMENTS_EXPORT,
        PAYMENTS,
        'x => x.Status == "Approved" && x.Amount > 100m',
        "Approved payments, each of them once.",
        {"method": "POST", "path": "/payments", "body": _BOOKED},
        {"managed": True, "parallel": True, "batch_size": 20},
    ),
    Definition(
        PAYMENT_STATUS_POLL,
        PAYMENTS,
        'x => x.Status == "Open" && x.Amount > 20000m && x.UpdatedOn > DateTime.UtcNow.AddDays(-1)',
        "Asks for the status of large open payments every minute, for a day.",
        {"method": "POST", "path": "/payment-status", "body": "{Id: Id, Number: Number, Status: Status}"},
        {"include_update": True, "continuous": True, "parallel": False, "batch_size": 10},
    ),
)
OWN_SENDING = Definition(
    TREASURY_REPORT,
    PAYMENTS,
    'x => x.Status == "Approved" && x.Amount > 20000m',
    "Large payments, reported to the client's own treasury.",
    {
        "method": "POST",
        "path": "/entities/TreasuryReport",
        "body": "{Number: Number, Amount: Amount, Currency: Currency}",
    },
    {"parallel": True, "batch_size": 5},
)

RECEIVING = Definition(
    RECEIPTS_IMPORT,
    RECEIPTS,
    "",
    "What the ERP has booked, as receipts.",
    {
        "path": "/feed/Payment",
        "items": "items",
        "key": "Key",
        "name": "Item.Number",
        "mapping": (
            "{Id: Key, Number: Item.Number, Amount: Item.Amount, Currency: Item.Currency, BookedOn: BookedOn}"
        ),
        "paging": {"style": "page_number", "parameter": "page"},
        "page_size": {"parameter": "limit", "size": 200},
        "watermark": {"parameter": "updated_since", "expression": "BookedOn"},
    },
    {"managed": True, "parallel": True, "batch_size": 100},
    handler="http.pull",
    direction=Direction.Id.INBOUND,
)


def define_entities() -> dict[str, Entity]:
    return {
        RATES: _define_entity(RATES, "Exchange rate", name="Id", updated_on="PublishedOn"),
        PAYMENTS: _define_entity(PAYMENTS, "Payment", name="Number", updated_on="UpdatedOn"),
        RECEIPTS: _define_entity(RECEIPTS, "Receipt", name="Number", updated_on="BookedOn"),
    }


def define_erp(owner: Client | None, url: str, *, bearer: str) -> System:
    """The ERP as the hub, or a client for itself, knows it. A row that is there stays as it is."""
    system, _ = System.objects.get_or_create(
        owner=owner,
        name=_ERP,
        defaults={
            "base_url": url,
            "authentication": System.Authentication.BEARER,
            "secret": bearer,
        },
    )
    return system


def move_erp(system: System, url: str, *, bearer: str) -> None:
    """The ERP is at the URL and takes the token from now on, whatever people have entered meanwhile."""
    here = {"base_url": url, "authentication": System.Authentication.BEARER, "secret": bearer}
    if any(getattr(system, name) != value for name, value in here.items()):
        for name, value in here.items():
            setattr(system, name, value)
        system.row_version += 1
        system.save()


def define_integration(
    definition: Definition, system: System, *, schedule: Schedule, now: datetime
) -> Integration:
    """Published for the owner of the system. One that is there stays as people have left it."""
    owner = system.owner
    existing = Integration.objects.filter(owner=owner, name=definition.name).first()
    if existing is not None:
        return existing
    action, _ = Action.objects.get_or_create(
        owner=owner,
        name=definition.name,
        defaults={"handler": definition.handler, "configuration": dict(definition.configuration)},
    )
    integration = Integration(
        owner=owner,
        name=definition.name,
        notes=definition.notes,
        entity_id=definition.entity,
        direction_id=definition.direction,
        consent_type_id=ConsentType.Id.NONE,
        system=system,
        action=action,
        filter=definition.filter,
        schedule=schedule,
        **definition.flags,
        **_RETRIES,
    )
    publishing.publish(integration, by=Principal(None, owner) if owner else None, now=now)
    return integration


def define_schedule(owner: Client | None, name: str, cron: str) -> Schedule:
    schedule, _ = Schedule.objects.get_or_create(owner=owner, name=name, defaults={"cron": cron})
    return schedule


def _define_entity(entity_id: str, title: str, *, name: str, updated_on: str) -> Entity:
    entity, _ = Entity.objects.get_or_create(
        pk=entity_id,
        defaults={
            "name": title,
            "key_property": "Id",
            "name_property": name,
            "updated_on_property": updated_on,
        },
    )
    for position, (property_name, kind) in enumerate(_PROPERTIES[entity_id]):
        EntityProperty.objects.get_or_create(
            entity=entity,
            name=property_name,
            defaults={"type": kind, "nullable": False, "position": position},
        )
    return entity
