"""What the direction of an integration decides: how a run finds items, and what it takes to execute one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations.models import Direction, Integration, IntegrationRun
from integrations.sources import SourceRow
from queues import outbound
from queues.inbound import payloads, pulling
from queues.outcomes import Outcome
from queues.plans import Plan
from queues.reports import RunReport


@dataclass(frozen=True, slots=True)
class Way:
    """`find` is what a run does; `read` is where items are read from, by ClientIntegration id and item id;
    `settle_early` says what becomes of an item that need not be executed."""

    find: Callable[[Plan, IntegrationRun], RunReport]
    read: Callable[[Sequence[tuple[Plan, Sequence[str]]]], dict[tuple[int, str], SourceRow]]
    settle_early: Callable[[Plan, SourceRow, datetime], Outcome | None]


_WAYS: Mapping[str, Way] = {
    Direction.Id.OUTBOUND: Way(outbound.find, outbound.read, outbound.settle_early),
    Direction.Id.INBOUND: Way(pulling.pull, payloads.read, lambda plan, row, now: None),
}


def way_of(integration: Integration) -> Way:
    return _WAYS[integration.direction_id]
