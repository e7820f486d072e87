"""What the engine works on in a bench: clients with payments, and one export of them that all have on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.db import connection

from integrations import activation, filters, publishing, records
from integrations.models import (
    Action,
    Client,
    ClientIntegration,
    Direction,
    Entity,
    EntityProperty,
    Integration,
    IntegrationRun,
    Schedule,
    System,
)
from integrations.principals import Principal, Scope
from queues import scanning
from queues.models import ActionAttempt, ActionLog, AttemptBody, IntegrationQueue

CLIENTS = 8
ENTITY = "BenchPayment"
BATCH_SIZE = 100
FILTER = 'x => x.Status == "Open" && x.Amount > 100m'
_PROPERTIES = {
    "Id": "String",
    "Number": "String",
    "Debtor": "String",
    "Amount": "Decimal",
    "Currency": "String",
    "Status": "String",
    "DueOn": "Date",
    "UpdatedOn": "DateTime",
}
_LEDGER = (IntegrationQueue, ActionLog, ActionAttempt, AttemptBody, IntegrationRun)


def make_world(
    handler: str,
    configuration: Mapping[str, object],
    *,
    now: datetime,
    base_url: str = "http://127.0.0.1:9",
    clients: int = CLIENTS,
) -> list[ClientIntegration]:
    """The activations of the export: parallel, BATCH_SIZE in flight for each client."""
    entity = _define_entity()
    integration = Integration(
        name="Bench export",
        managed=True,
        entity=entity,
        direction_id=Direction.Id.OUTBOUND,
        system=System.objects.create(name="Receiver", base_url=base_url),
        action=Action.objects.create(name="Bench", handler=handler, configuration=dict(configuration)),
        schedule=Schedule.objects.create(name="Hourly", cron="0 * * * *"),
        filter=FILTER,
        parallel=True,
        batch_size=BATCH_SIZE,
    )
    publishing.publish(integration, by=None, now=now)
    return [_switch_on(number, integration, now=now) for number in range(clients)]


def store_records(activations: Sequence[ClientIntegration], total: int, *, now: datetime) -> None:
    """`total` payments that match the filter, spread over the clients."""
    for number, row in enumerate(activations):
        count = total // len(activations) + (number < total % len(activations))
        records.store(row.client, row.integration.entity, make_payments(range(count), now), now=now)


def fill_queue(activations: Sequence[ClientIntegration], *, now: datetime) -> int:
    """Empties the ledger and scans: every stored record is due again. Returns how many are."""
    empty_ledger()
    queued = 0
    for row in activations:
        row.scanned_as = ""
        queued += scan(row, now=now)
    return queued


def scan(row: ClientIntegration, *, now: datetime) -> int:
    run = IntegrationRun.objects.create(
        client_id=row.client_id, client_integration=row, version=0, slot=None, started_on=now, touched_on=now
    )
    return scanning.scan(row, filters.compiled(row.integration), run=run, now=now).queued


def empty_ledger() -> None:
    tables = [model._meta.db_table for model in _LEDGER]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(tables)}")
            return
        for table in tables:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608


def count_open() -> int:
    return IntegrationQueue.objects.filter(due_at__isnull=False).count()


def _define_entity() -> Entity:
    entity = Entity.objects.create(
        id=ENTITY,
        name="Bench payment",
        key_property="Id",
        name_property="Number",
        updated_on_property="UpdatedOn",
    )
    EntityProperty.objects.bulk_create(
        EntityProperty(entity=entity, name=name, type=kind, nullable=False, position=position)
        for position, (name, kind) in enumerate(_PROPERTIES.items())
    )
    return entity


def _switch_on(number: int, integration: Integration, *, now: datetime) -> ClientIntegration:
    client = Client.objects.create(code=f"bench-{number}", name=f"Bench {number}")
    row = activation.activate_for(client, integration)
    activation.enable(row, now=now, by=Principal(None, client, frozenset(Scope.values)), consent=True)
    return row


def make_payments(numbers: Iterable[int], now: datetime) -> Iterator[dict[str, object]]:
    for number in numbers:
        yield {
            "Id": f"{number:012}",
            "Number": f"P-{number}",
            "Debtor": f"Debtor {number % 97}",
            "Amount": f"{101 + number % 5000}.25",
            "Currency": "EUR",
            "Status": "Open",
            "DueOn": now.date().isoformat(),
            "UpdatedOn": now.isoformat(),
        }
