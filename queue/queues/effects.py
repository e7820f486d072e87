"""What publishing a draft would do: for which clients, and how many rows would become due. Writes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from integrations import filters, publishing
from integrations.consent import is_given
from integrations.models import ClientIntegration, Integration
from integrations.principals import Principal
from queues import scanning
from queues.enqueue import Opening
from queues.matching import find
from queues.models import IntegrationQueue
from queues.states import State

SECONDS = 10.0
# A newer version is noted on these, and they do not become due by it.
_KEPT = (State.PROCESSING, State.CANCELLED, State.ON_HOLD)


@dataclass(frozen=True, slots=True)
class ClientEffect:
    """`due` is what the first run would queue: None where it was not counted, and at least this many where
    `complete` is False."""

    activation: ClientIntegration
    runs: bool
    due: int | None
    complete: bool

    @property
    def client(self) -> str:
        return self.activation.client.code

    @property
    def client_integration(self) -> int:
        return self.activation.pk


@dataclass(frozen=True, slots=True)
class Effect:
    version: int
    warnings: list[str]
    clients: list[ClientEffect]


def preview(draft: Integration, *, by: Principal, now: datetime, seconds: float = SECONDS) -> Effect:
    """Raises whatever publishing the draft would. What an inbound integration would fetch is not counted."""
    publishing.check(draft, by=by)
    warnings = publishing.warnings(draft, now=now)
    return Effect(draft.version + 1, warnings, list(_on_clients(draft, by, now, ends=monotonic() + seconds)))


def _on_clients(draft: Integration, by: Principal, now: datetime, *, ends: float) -> Iterator[ClientEffect]:
    activations = ClientIntegration.objects.visible_to(by).filter(integration=draft.pk)
    for activation in activations.select_related("client", "consent").defer("secret").order_by("client"):
        activation.integration = draft
        runs = _would_run(activation, now)
        left = ends - monotonic()
        if runs and draft.is_outbound and left > 0:
            yield _count(activation, now, seconds=left)
        else:
            yield ClientEffect(activation, runs, due=None if runs else 0, complete=not runs)


def _would_run(activation: ClientIntegration, now: datetime) -> bool:
    draft = activation.integration
    wanted = activation.enabled and not activation.paused and draft.active and activation.client.active
    return wanted and is_given(activation, now)


def _count(activation: ClientIntegration, now: datetime, *, seconds: float) -> ClientEffect:
    opening = Opening(activation, None, now)
    rows = _becoming_due(scanning.candidates(opening, None), activation)
    found = find(rows, filters.compiled(activation.integration), now=now, seconds=seconds)
    return ClientEffect(activation, True, found.count, found.complete)


def _becoming_due(rows: QuerySet[Any], activation: ClientIntegration) -> QuerySet[Any]:
    ledger = IntegrationQueue.objects.filter(client_integration=activation.pk, item_id=OuterRef("item_id"))
    return rows.exclude(Exists(ledger.filter(state__in=_KEPT)))
