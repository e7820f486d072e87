"""The circuit breaker: a system that does not answer is left alone for a while, then asked with one item.

Judged by groups of outcomes: one answer in a group shows that the system is there, whatever else failed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations import prepared
from integrations.models import System
from queues.models import Breaker
from queues.outcomes import Outcome, Retry, Snooze
from queues.preparing import Execution
from queues.sql import moment

TRIPS_AT = 5
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)

_ALL = f"SELECT client_id, system_id, failures, openings, open_until FROM {Breaker._meta.db_table}"  # noqa: S608

Pair = tuple[int, int]  # (client id, system id)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one pair. `open_until` in the past: it may be tried, with one item at a time."""

    failures: int = 0
    openings: int = 0
    open_until: datetime | None = None

    def after(self, *, answered: int, unanswered: int, now: datetime) -> "Health":
        """Pure: the health after a group of outcomes."""
        if answered:
            return Health()
        failures = self.failures + unanswered
        if failures < TRIPS_AT or (self.open_until is not None and self.open_until > now):
            return Health(failures, self.openings, self.open_until)
        pause = min(FIRST_PAUSE * 2 ** min(self.openings, 10), LONGEST_PAUSE)
        return Health(failures, self.openings + 1, now + pause)

    def room(self, now: datetime) -> int | None:
        """How many items may be sent: none while open, one to try; None: no limit."""
        if self.open_until is None:
            return None
        return 0 if self.open_until > now else 1


def look() -> dict[Pair, Health]:
    """The pairs with failures since their last answer; the others are well."""
    return {
        (client_id, system_id): Health(failures, openings, None if until is None else moment(until))
        for client_id, system_id, failures, openings, until in prepared.fetch(_ALL, [])
    }


def note(executions: Iterable[Execution], known: Mapping[Pair, Health], now: datetime) -> None:
    """Keeps what a group of outcomes says. Costs nothing while all is well."""
    counts: dict[Pair, list[int]] = defaultdict(lambda: [0, 0])
    for execution in executions:
        tells = execution.started_on and (execution.prepared is None or execution.prepared.judged)
        is_answered = _is_answered(execution.outcome) if tells else None
        if is_answered is not None:
            counts[pair_of(execution)][not is_answered] += 1
    for pair in sorted(counts):
        answered, unanswered = counts[pair]
        if unanswered or pair in known:
            _write(pair, answered, unanswered, now)


def _write(pair: Pair, answered: int, unanswered: int, now: datetime) -> None:
    client_id, system_id = pair
    if answered:
        Breaker.objects.filter(client=client_id, system=system_id).delete()
        return
    row, _ = Breaker.objects.select_for_update().get_or_create(client_id=client_id, system_id=system_id)
    health = Health(row.failures, row.openings, row.open_until).after(
        answered=0, unanswered=unanswered, now=now
    )
    row.failures, row.openings, row.open_until = health.failures, health.openings, health.open_until
    row.save()


def trust(system: System) -> bool:
    """Somebody has seen it answer: no call to it rests any longer. Whether one did."""
    return bool(Breaker.objects.filter(system=system).delete()[0])


def pair_of(execution: Execution) -> Pair:
    return execution.item.client_id, execution.plan.integration.system_id


def _is_answered(outcome: Outcome | None) -> bool | None:
    """Whether the system showed that it is there. None: it was not asked, or not heard out."""
    if outcome is None or not outcome.exchange.request or isinstance(outcome, Snooze):
        return None
    if outcome.exchange.status is None:
        return False if isinstance(outcome, Retry) else None
    return outcome.exchange.status not in _NOT_THERE


_NOT_THERE = frozenset({429, 502, 503, 504})
