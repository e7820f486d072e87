"""The circuit breaker: a system that does not answer, or does not let the hub in, is left alone for a while,
then asked with a few items.

Judged by groups of outcomes: one answer in a group shows that the system is there, whatever else failed. An
answer is what says something of the item, not "come back later" or "who are you?".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from integrations import auditing, prepared
from integrations.errors import Conflict
from integrations.ownership import check_scope
from integrations.principals import Principal, Scope
from integrations.texts import printable
from queues.answers import OUT_OF_REACH
from queues.limits import TRIAL
from queues.models import Breaker
from queues.outcomes import Outcome, Retry, Snooze
from queues.preparing import Execution
from queues.sql import moment
from queues.waking import wake_drains

TRIPS_AT = 5
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=15)
REASON_LENGTH = 500

_ALL = f"SELECT client_id, system_id, failures, openings, open_until FROM {Breaker._meta.db_table}"  # noqa: S608

# More openings in a row are not told apart, nor could the table hold them.
MOST_COUNTED = 1000

Pair = tuple[int, int]  # (client id, system id)


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of one pair. `open_until` in the past: it may be tried, with a few items."""

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
        return Health(failures, min(self.openings + 1, MOST_COUNTED), now + _pause_after(self.openings))

    def soonest_try(self, now: datetime) -> datetime | None:
        """The end of the pause if something has been mended: within FIRST_PAUSE from now, and no sooner than
        FIRST_PAUSE after its beginning, so that nobody keeps a system busy by mending again and again."""
        if self.open_until is None or self.open_until <= now + FIRST_PAUSE:
            return self.open_until
        return max(now, self.open_until - _pause_after(self.openings - 1) + FIRST_PAUSE)

    def room(self, now: datetime) -> int | None:
        """How many items may be sent: none while open, a few to try; None: no limit."""
        if self.open_until is None:
            return None
        return 0 if self.open_until > now else TRIAL


@dataclass(slots=True)
class _Heard:
    """What a group of outcomes says of one pair. `reason`: of the last that was not answered."""

    answered: int = 0
    unanswered: int = 0
    reason: str = ""


def look() -> dict[Pair, Health]:
    """The pairs with failures since their last answer; the others are well."""
    return {
        (client_id, system_id): Health(failures, openings, None if until is None else moment(until))
        for client_id, system_id, failures, openings, until in prepared.fetch(_ALL, [])
    }


def note(executions: Iterable[Execution], known: Mapping[Pair, Health], now: datetime) -> None:
    """Keeps what a group of outcomes says. Costs nothing while all is well."""
    groups: dict[Pair, _Heard] = defaultdict(_Heard)
    for execution in executions:
        tells = execution.started_on and (execution.prepared is None or execution.prepared.judged)
        is_answered = _is_answered(execution.outcome) if tells else None
        if is_answered is not None:
            _hear(groups[pair_of(execution)], execution, is_answered)
    for pair in sorted(groups):
        if groups[pair].unanswered or pair in known:
            _write(pair, groups[pair], now)


def _hear(heard: _Heard, execution: Execution, is_answered: bool) -> None:
    if is_answered:
        heard.answered += 1
    else:
        heard.unanswered += 1
        heard.reason = execution.outcome.message if execution.outcome else ""


def _write(pair: Pair, heard: _Heard, now: datetime) -> None:
    client_id, system_id = pair
    if heard.answered:
        Breaker.objects.filter(client=client_id, system=system_id).delete()
        return
    row, _ = Breaker.objects.select_for_update().get_or_create(
        client_id=client_id, system_id=system_id, defaults={"failing_since": now}
    )
    health = Health(row.failures, row.openings, row.open_until).after(
        answered=0, unanswered=heard.unanswered, now=now
    )
    row.failures, row.openings, row.open_until = health.failures, health.openings, health.open_until
    row.reason = printable(heard.reason)[:REASON_LENGTH]
    row.save()


def close(breaker: Breaker, *, by: Principal, now: datetime) -> None:
    """Everything is sent again at once. Raises Conflict where it is closed already."""
    check_scope(by, Scope.OPERATE)
    with transaction.atomic():
        auditing.note("close breaker", breaker, by=by, now=now, failures=breaker.failures)
        if not breaker.delete()[0]:
            raise Conflict("It is closed already.")
        wake_drains()


def ask_now(breaker: Breaker, *, by: Principal, now: datetime) -> None:
    """A few items are sent without waiting for the end of the pause: if the system answers, all go.

    Raises Conflict where nothing waits for that.
    """
    check_scope(by, Scope.OPERATE)
    with transaction.atomic():
        resting = Breaker.objects.filter(pk=breaker.pk, open_until__gt=now)
        if not resting.update(open_until=now):
            raise Conflict("It is not resting: the next items are sent as soon as they are due.")
        auditing.note("end pause of breaker", breaker, by=by, now=now, failures=breaker.failures)
        wake_drains()


def _pause_after(openings: int) -> timedelta:
    pause: timedelta = FIRST_PAUSE * 2 ** min(openings, 10)
    return min(pause, LONGEST_PAUSE)


def pair_of(execution: Execution) -> Pair:
    return execution.item.client_id, execution.plan.integration.system_id


def _is_answered(outcome: Outcome | None) -> bool | None:
    """Whether the system showed that it is there. None: it was not asked, or not heard out."""
    if outcome is None or not outcome.exchange.request or isinstance(outcome, Snooze):
        return None
    if outcome.exchange.status is None:
        return False if isinstance(outcome, Retry) else None
    return outcome.exchange.status not in OUT_OF_REACH
