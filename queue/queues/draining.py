"""Draining: going round all ClientIntegrations with due rows, one multiplexer across them all."""

import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction

from integrationhub.wire.transport import AddressGuard, Failure, Response, Transport
from integrations import activation
from integrations.models import ClientIntegration
from queues import breaking, claiming, starting
from queues.claiming import Claimed, Limits
from queues.clock import database_now
from queues.finishing import finish
from queues.handlers import Prepared
from queues.outcomes import Outcome, Retry, Snooze
from queues.plans import RecentPlans
from queues.preparing import Execution, prepare

log = structlog.get_logger(__name__)

CAPACITY = 200
POLL_SECONDS = 0.05
LONGEST_NAP = 1.0
GRACE_SECONDS = 20.0
PROBLEM_DELAY = 60.0


def _never() -> bool:
    return False


def drain(*, seconds: float = 45.0, stop: Callable[[], bool] = _never, wait: bool = True) -> int:
    """Works off due rows for at most `seconds` (plus what is under way), or until `stop()`.

    Returns how many items it finished. With `wait` it stays for rows that become due within its time, else
    it ends when nothing is due.
    """
    with Drain() as worker:
        return worker.run(seconds=seconds, stop=stop, wait=wait)


@dataclass
class Drain:
    """What one worker holds, each item in one place: ready, suspect, in flight, or done."""

    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    )
    ready: list[Execution] = field(default_factory=list)
    suspects: deque[Execution] = field(default_factory=deque)
    flying: dict[int, Execution] = field(default_factory=dict)
    done: list[Execution] = field(default_factory=list)
    finished: int = 0

    def __enter__(self) -> "Drain":
        self._transport: Transport[int] = Transport(AddressGuard(settings.HUB_OUTBOUND_ALLOW))
        self._last_served: dict[int, float] = {}
        self._plans = RecentPlans()
        self._health: dict[breaking.Pair, breaking.Health] = {}
        self._beat_due = time.monotonic() + settings.HUB_LEASE_SECONDS / 3
        return self

    def __exit__(self, *error: object) -> None:
        self._transport.close()

    @property
    def held(self) -> list[Execution]:
        return [*self.ready, *self.suspects, *self.flying.values(), *self.done]

    def run(self, *, seconds: float, stop: Callable[[], bool], wait: bool) -> int:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not stop():
            if not self.step() and not self._nap(end, stop, wait):
                break
        self._land(stop)
        return self.finished

    def step(self) -> bool:
        """One round: acknowledge and start in one transaction, claim, send, prepare. False: nothing to do."""
        now = database_now()
        busy = self._exchange_groups(now)
        claimed = self._claim(now)
        if claimed:
            self._prepare(claimed, now)
        self._collect(0 if self.ready else POLL_SECONDS)
        self._keep_leases()
        return bool(busy or claimed or self.held)

    def _exchange_groups(self, now: datetime) -> bool:
        """Acknowledges the group that is done and starts the next one, in one commit."""
        self._spare_what_does_not_answer(now)
        group = self._next_group()
        if not self.done and not group:
            return False
        with transaction.atomic():
            self.finished += finish(self.done, now)
            breaking.note(self.done, self._health, now)
            started = starting.start(group, now)
        self.done = []
        for execution in started:
            self._send(execution)
        return True

    def _next_group(self) -> list[Execution]:
        """What is started next: all that is ready, or one suspect alone when nothing else is under way."""
        if self.suspects:
            return [self.suspects.popleft()] if not self.flying and not self.ready else self._take_ready()
        return self._take_ready()

    def _spare_what_does_not_answer(self, now: datetime) -> None:
        """Items for a system that has stopped answering since they were claimed are given back uncharged."""
        self._health = breaking.look()
        spared = [execution for execution in self.ready if self._pause(execution, now)]
        if spared:
            self.ready = [execution for execution in self.ready if execution not in spared]
            longest = max(self._pause(execution, now) for execution in spared)
            claiming.put_off([e.item for e in spared], owner=self.owner, now=now, seconds=longest)

    def _pause(self, execution: Execution, now: datetime) -> float:
        """Seconds for which nothing is sent to the item's system."""
        until = self._health.get(breaking.pair_of(execution), breaking.Health()).open_until
        return max(0.0, (until - now).total_seconds()) if until else 0.0

    def _take_ready(self) -> list[Execution]:
        group, self.ready = self.ready, []
        return group

    def _send(self, execution: Execution) -> None:
        self.flying[execution.item.pk] = execution
        prepared = execution.prepared
        if prepared is not None and prepared.request is not None:
            self._transport.submit(execution.item.pk, prepared.request)
        elif prepared is not None and prepared.call is not None:
            self._land_one(execution.item.pk, _call(prepared))

    def _collect(self, timeout: float) -> None:
        """Takes the answers that come in, until they are worth a transaction or the time is over."""
        end = time.monotonic() + timeout
        while self.flying:
            answers = self._transport.poll(max(0.0, end - time.monotonic()))
            if answers:
                now = database_now()
                for key, answer in answers:
                    self._land_one(key, _conclude(self.flying[key], answer, now))
            if len(self.done) > len(self.flying) or time.monotonic() >= end:
                return

    def _land_one(self, pk: int, outcome: Outcome) -> None:
        execution = self.flying.pop(pk)
        execution.outcome = outcome
        self.done.append(execution)

    def _claim(self, now: datetime) -> list[Claimed]:
        """Each ClientIntegration with work gets its share of the free places, the longest unserved first."""
        free = CAPACITY - len(self.ready) - len(self.flying)
        if free <= 0 or self.suspects:
            return []
        work = [limits for limits in claiming.find_work(now) if self._room(limits, now) != 0]
        work.sort(key=lambda limits: self._last_served.get(limits.client_integration_id, 0))
        share = max(1, free // max(1, len(work)))
        claimed: list[Claimed] = []
        for limits in work[:free]:
            most = min(share, self._room(limits, now) or share)
            rows = claiming.claim(limits, most=most, owner=self.owner, now=now)
            if rows:
                self._last_served[limits.client_integration_id] = time.monotonic()
            claimed += rows
        return claimed

    def _room(self, limits: Limits, now: datetime) -> int | None:
        """How many items its system is well enough for: none, one to try, or None for any number."""
        pair = (limits.client_id, limits.system_id)
        room = self._health.get(pair, breaking.Health()).room(now)
        is_trying = room == 1 and any(breaking.pair_of(execution) == pair for execution in self.held)
        return 0 if is_trying else room

    def _prepare(self, items: Sequence[Claimed], now: datetime) -> None:
        plans, problems = self._plans.get({item.client_integration_id for item in items})
        self._put_off([item for item in items if item.client_integration_id in problems], problems, now)
        for execution in prepare([item for item in items if item.client_integration_id in plans], plans, now):
            if execution.outcome is not None:
                self.done.append(execution)
            elif execution.is_suspect:
                self.suspects.append(execution)
            else:
                self.ready.append(execution)

    def _put_off(self, items: Sequence[Claimed], problems: dict[int, str], now: datetime) -> None:
        """A ClientIntegration that cannot be executed stops nobody else, and says so where staff look."""
        for pk, message in problems.items():
            log.warning("cannot_execute", client_integration=pk, problem=message)
            activation.note_problem(ClientIntegration.objects.defer("secret").get(pk=pk), message, now=now)
        claiming.put_off(items, owner=self.owner, now=now, seconds=PROBLEM_DELAY)

    def _keep_leases(self) -> None:
        if time.monotonic() < self._beat_due:
            return
        self._beat_due = time.monotonic() + settings.HUB_LEASE_SECONDS / 3
        claiming.extend_leases(
            [execution.item for execution in self.held], owner=self.owner, now=database_now()
        )

    def _nap(self, end: float, stop: Callable[[], bool], wait: bool) -> bool:
        """Sleeps a little while something may still become due in our time. False: it is time to go."""
        if not wait or stop():
            return False
        due = claiming.next_due(database_now())
        if due is None or (due - database_now()).total_seconds() > end - time.monotonic():
            return False
        time.sleep(LONGEST_NAP / 4)
        return True

    def _land(self, stop: Callable[[], bool]) -> None:
        """The way out: no new work; what is under way ends, the rest is given back uncharged."""
        now = database_now()
        claiming.release([e.item for e in [*self.ready, *self.suspects]], owner=self.owner, now=now)
        self.ready, self.suspects = [], deque()
        latest = time.monotonic() + (GRACE_SECONDS if stop() else float("inf"))
        while self.flying and time.monotonic() < latest:
            if stop():
                latest = min(latest, time.monotonic() + GRACE_SECONDS)
            self._collect(POLL_SECONDS)
            self._keep_leases()
        for pk in list(self.flying):
            self._land_one(pk, Snooze(0, "Interrupted by a shutdown."))
        self.finished += finish(self.done, database_now())
        self.done = []


def _conclude(execution: Execution, answer: Response | Failure, now: datetime) -> Outcome:
    assert execution.prepared is not None  # noqa: S101  (only prepared executions fly)
    try:
        return execution.plan.handler.conclude(execution.work, execution.prepared, answer, now)
    except Exception as error:
        log.exception("handler_failed", item=execution.item.pk)
        return Retry(f"The handler failed: {type(error).__name__}")


def _call(prepared: Prepared) -> Outcome:
    assert prepared.call is not None  # noqa: S101
    try:
        return prepared.call()
    except Exception as error:
        log.exception("handler_failed")
        return Retry(f"The handler failed: {type(error).__name__}")
