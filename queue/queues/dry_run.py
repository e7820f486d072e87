"""A filter tried on a client's rows as they are now: what it takes, and nothing is queued."""

from dataclasses import dataclass
from datetime import datetime

from integrations import filters, publishing, sources
from integrations.models import Client, Integration
from queues.matching import Found, find
from queues.models import IntegrationQueue

SHOWN = 20
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A matching row; `state` is its state in the ledger, None where the ledger does not know it."""

    item_id: str
    item_name: str
    item_updated_on: datetime
    state: str | None


@dataclass(frozen=True, slots=True)
class DryRun:
    """`complete` is False where time ran out: then at least `count` rows match. `unreadable` are the ids of
    rows that are not of their entity's types (the first few)."""

    count: int
    complete: bool
    first: list[Sample]
    unreadable: list[str]
    warnings: list[str]


def dry_run(integration: Integration, client: Client, *, now: datetime, seconds: float = SECONDS) -> DryRun:
    """`integration` may be saved or a draft. Raises Refused, naming `filter`, where it does not compile."""
    publishing.check_filter(integration)
    rows = sources.sendable(client.pk, integration.entity_id, integration.system_id)
    found = find(rows, filters.compiled(integration), now=now, seconds=seconds, show=SHOWN)
    return DryRun(
        count=found.count,
        complete=found.complete,
        first=_with_states(found.first, integration, client),
        unreadable=found.unreadable,
        warnings=publishing.warnings(integration, now=now),
    )


def _with_states(rows: list[Found], integration: Integration, client: Client) -> list[Sample]:
    ledger = IntegrationQueue.objects.for_client(client).filter(integration=integration.pk)
    known = ledger.filter(item_id__in=[row.item_id for row in rows])
    states = dict(known.values_list("item_id", "state"))
    return [Sample(*row, state=states.get(row.item_id)) for row in rows]
