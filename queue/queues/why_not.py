"""Why an item is not queued: the clause of the filter, the ledger, the activation or the watermark."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrationhub.wire.expressions import facts
from integrationhub.wire.expressions.predicate import compile_predicate
from integrationhub.wire.expressions.tree import Expression, conjuncts
from integrations import engine_switch, filters, holdups, publishing, sources
from integrations.models import Client, ClientIntegration, Integration
from integrations.sources import SourceRow
from queues import scanning
from queues.enqueue import Opening
from queues.models import IntegrationQueue
from queues.states import OPEN, State

NEXT_RUN = "Nothing stands against it: the next run queues it."


@dataclass(frozen=True, slots=True)
class Clause:
    """One of the conditions that must all hold, as it was written, with the values it read by name."""

    text: str
    holds: bool
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`reasons` has one sentence for each thing that keeps the next run from queueing the item; where there
    is none, it says so. `state` is the item's in the ledger."""

    item_id: str
    found: bool
    matches: bool
    state: str | None
    clauses: list[Clause]
    reasons: list[str]


def explain(integration: Integration, client: Client, item_id: str, *, now: datetime) -> Explanation:
    """`integration` may be saved or a draft. Raises Refused, naming `filter`, where it does not compile."""
    publishing.check_filter(integration)
    activation = _activation(integration, client)
    record = sources.read(client.pk, integration.entity.schema(), [item_id]).get(item_id)
    item = (
        activation and IntegrationQueue.objects.filter(client_integration=activation, item_id=item_id).first()
    )
    clauses, misfits = _examine_record(integration, record, now)
    reasons = [*misfits, *_examine_origin(record, integration), *_examine_activation(activation, now)]
    if activation and record:
        opening = Opening(activation, None, now)
        reasons += _examine_ledger(item, record, opening) if item else _examine_watermark(record, opening)
    return Explanation(
        item_id=item_id,
        found=record is not None,
        matches=not misfits,
        state=item.state if item else None,
        clauses=clauses,
        reasons=reasons or [NEXT_RUN],
    )


def _activation(integration: Integration, client: Client) -> ClientIntegration | None:
    """The client's, with the integration as it was given: a draft is explained as if it were published."""
    rows = ClientIntegration.objects.for_client(client).filter(integration=integration.pk)
    activation = rows.defer("secret").first()
    if activation is not None:
        activation.integration = integration
    return activation


def _examine_record(
    integration: Integration, record: SourceRow | None, now: datetime
) -> tuple[list[Clause], list[str]]:
    if record is None:
        return [], ["The client has no such record."]
    compiled = filters.compiled(integration)
    try:
        values = record.values
    except (ValueError, TypeError, ArithmeticError):
        return [], ["The record is not of its entity's types, and cannot be read."]
    expression = compiled.expression
    clauses = [
        Clause(
            text=_text(clause, integration),
            holds=compile_predicate(clause)(values, now),
            values=_values_read(clause, record, now),
        )
        for clause in (conjuncts(expression) if expression else ())
    ]
    return clauses, [f"It does not meet {each.text}" for each in clauses if not each.holds]


def _examine_origin(record: SourceRow | None, integration: Integration) -> Iterator[str]:
    if record is not None and record.origin_id == integration.system_id:
        yield "It came in from this system, and is not sent back to it."


def _text(clause: Expression, integration: Integration) -> str:
    return (integration.filter or "")[clause.span.start : clause.span.end]


def _values_read(clause: Expression, record: SourceRow, now: datetime) -> dict[str, Any]:
    values = {name: record.data.get(name) for name in sorted(facts.property_names(clause))}
    return {**values, "DateTime.UtcNow": now.isoformat()} if facts.reads_clock(clause) else values


def _examine_ledger(item: IntegrationQueue, record: SourceRow, opening: Opening) -> Iterator[str]:
    if item.state in OPEN:
        yield f"It is in the queue already, {item.state}."
    elif item.state in (State.CANCELLED, State.ON_HOLD):
        yield f"It is {item.get_state_display().lower()}, and a person has to open it again."
    elif not scanning.candidates(opening, None).filter(item_id=record.item_id).exists():
        yield _settled(item, record)


def _settled(item: IntegrationQueue, record: SourceRow) -> str:
    ended = "has been delivered" if item.state == State.SUCCEEDED else "is a dead letter"
    if record.updated_on > item.item_updated_on:
        return f"It {ended}, and newer versions are not sent: Include update is off."
    return f"It {ended}, and the record has not been updated since."


def _examine_activation(activation: ClientIntegration | None, now: datetime) -> Iterator[str]:
    if activation is None:
        yield "The client has not taken the integration up."
    elif not activation.runnable:
        yield holdups.look_up(activation, now)
    if not engine_switch.hub_is_running():
        yield "Staff have stopped the hub's engine."


def _examine_watermark(record: SourceRow, opening: Opening) -> Iterator[str]:
    activation = opening.activation
    since = scanning.watermark(activation, filters.compiled(activation.integration))
    if since is not None and not scanning.candidates(opening, since).filter(item_id=record.item_id).exists():
        yield f"It arrived before the watermark, {since:%Y-%m-%d %H:%M:%S} UTC: reset the watermark."
