"""Draining: going round all ClientIntegrations with due rows, one multiplexer across them all."""

import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from integrationhub.wire.transport import AddressGuard, Failure, Response, Transport
from integrations import activation
from integrations.models import ClientIntegration
from queues import breaking, claiming, planning, rollups, starting
from queues.claiming import Claimed, Lease
from queues.clock import database_now
from queues.finishing import finish
from queues.handlers import Prepared
from queues.limits import Limits
from queues.outcomes import Outcome, Retry, Snooze
from queues.plans import KnownPlans
from queues.preparing import Execution, prepare

log = structlog.get_logger(__name__)

# So many are in flight at most, and so many more are claimed ahead and prepared meanwhile.
CAPACITY = 200
POLL_SECONDS = 0.05
LONGEST_NAP = 0.25
TURN_SECONDS = 0.005  # about as long as another process takes to claim
GRACE_SECONDS = 20.0
PROBLEM_DELAY = timedelta(seconds=60)
INTERRUPTED = "Interrupted by a shutdown."


def _never() -> bool:
    return False


def drain(*, seconds: float = 45.0, stop: Callable[[], bool] = _never, wait: bool = True) -> int:
    """Works off due rows for at most `seconds` (plus what is under way), or until `stop()`.

    Returns how many items it finished. With `wait` it stays for rows that become due within its time, else
    it ends when nothing is due.
    """
    with planning.point_reads(), Drain() as worker:
        return worker.run(seconds=seconds, stop=stop, wait=wait)


@dataclass
class Drain:
    """What one worker holds, each item in one place: ready, suspect, in flight, or done."""

    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    )
    ready: list[Execution] = field(default_factory=list)
    suspects: deque[Execution] = field(default_factory=deque)
    flying: dict[Lease, Execution] = field(default_factory=dict)
    done: list[Execution] = field(default_factory=list)
    finished: int = 0

    def __enter__(self) -> "Drain":
        self._transport: Transport[Lease] = Transport(AddressGuard(settings.HUB_OUTBOUND_ALLOW))
        self._last_served: dict[int, float] = {}
        self._plans = KnownPlans()
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
        """One round: acknowledge, start and claim in one transaction, send, prepare. False: nothing to do."""
        now = database_now()
        self._health = breaking.look()
        self._spare_what_does_not_answer(now)
        group = self._next_group()
        work = self._find_work(group, now)
        is_busy = bool(self.done or group)
        claimed = self._exchange(group, work, now)
        if claimed is None and not self.held:
            time.sleep(TURN_SECONDS)
        self._prepare(claimed or [], work, now)
        self._collect(POLL_SECONDS)
        self._keep_leases()
        return bool(is_busy or claimed != [] or self.held)

    def _next_group(self) -> list[Execution]:
        """What is started next: all that is ready, or one suspect when nothing else is under way."""
        if _holds_suspect(self.flying.values()):
            return []
        if self.suspects and not self.ready:
            return [] if self.flying else [self.suspects.popleft()]
        places = CAPACITY - len(self.flying)
        group, self.ready = self.ready[:places], self.ready[places:]
        return group

    def _find_work(self, group: Sequence[Execution], now: datetime) -> list[Limits]:
        """What may be claimed for, the longest unserved first; nothing while a suspect waits or runs."""
        if len(self.ready) >= CAPACITY or self.suspects or _holds_suspect([*group, *self.flying.values()]):
            return []
        work = [self._consider(limits, now) for limits in claiming.find_work(now)]
        return sorted(
            filter(None, work), key=lambda each: self._last_served.get(each.client_integration_id, 0)
        )

    def _consider(self, limits: Limits, now: datetime) -> Limits | None:
        """As its system's health allows: None while nothing is sent there."""
        room = self._health.get((limits.client_id, limits.system_id), breaking.Health()).room(now)
        return None if room == 0 else replace(limits, on_trial=room is not None)

    def _exchange(
        self, group: Sequence[Execution], work: Sequence[Limits], now: datetime
    ) -> list[Claimed] | None:
        """In one commit: acknowledges what is done, starts the group, claims what comes next (as `claim`).

        Then the group is sent. Counters that workers share come last, so that nobody waits for them long.
        """
        if not (self.done or group or work):
            return []
        with transaction.atomic():
            self.finished += finish(self.done, now)
            started = starting.start(group, now)
            claimed = claiming.claim(work, most=CAPACITY - len(self.ready), owner=self.owner, now=now)
            rollups.count(self.done, now)
            breaking.note(self.done, self._health, now)
        self.done = []
        served = {row.client_integration_id for row in claimed or ()}
        self._last_served.update(dict.fromkeys(served, time.monotonic()))
        for execution in started:
            self._send(execution)
        return claimed

    def _spare_what_does_not_answer(self, now: datetime) -> None:
        """Items for a system that has stopped answering since they were claimed are given back uncharged."""
        pauses = {pair: health for pair, health in self._health.items() if health.room(now) == 0}
        if not pauses:
            return
        spared = [execution for execution in self.ready if breaking.pair_of(execution) in pauses]
        self.ready = [execution for execution in self.ready if breaking.pair_of(execution) not in pauses]
        for pair, health in pauses.items():
            reason = f"Not sent: its system has not answered {health.failures} times in a row."
            leases = [each.item.lease for each in spared if breaking.pair_of(each) == pair]
            claiming.put_off(dict.fromkeys(leases, reason), due_at=health.open_until or now, now=now)

    def _send(self, execution: Execution) -> None:
        lease, prepared = execution.item.lease, execution.prepared
        self.flying[lease] = execution
        if prepared is not None and prepared.request is not None:
            self._transport.submit(lease, prepared.request)
        elif prepared is not None and prepared.call is not None:
            self._land_one(lease, _call(prepared))

    def _collect(self, timeout: float) -> None:
        """Takes the answers that come in, until they are worth a transaction or the time is over."""
        end = time.monotonic() + timeout
        while self.flying:
            answers = self._transport.poll(max(0.0, end - time.monotonic()))
            if answers:
                now = database_now()
                for lease, answer in answers:
                    self._land_one(lease, _conclude(self.flying[lease], answer, now))
            if self._is_worth_a_commit() or time.monotonic() >= end:
                return

    def _is_worth_a_commit(self) -> bool:
        """Half of what was under way is done, or what is ready would fill half of the places."""
        return len(self.done) > len(self.flying) or (bool(self.ready) and 2 * len(self.flying) <= CAPACITY)

    def _land_one(self, lease: Lease, outcome: Outcome) -> None:
        execution = self.flying.pop(lease)
        execution.outcome = outcome
        self.done.append(execution)

    def _prepare(self, items: Sequence[Claimed], work: Sequence[Limits], now: datetime) -> None:
        if not items:
            return
        claimed_for = {item.client_integration_id for item in items}
        made_of = {each.client_integration_id: each.made_of for each in work}
        plans, problems = self._plans.get({pk: made_of[pk] for pk in claimed_for})
        self._put_off([item for item in items if item.client_integration_id in problems], problems, now)
        for execution in prepare([item for item in items if item.client_integration_id in plans], plans, now):
            if execution.outcome is not None:
                self.done.append(execution)
            elif execution.is_suspect:
                self.suspects.append(execution)
            else:
                self.ready.append(execution)

    def _put_off(self, items: Sequence[Claimed], problems: Mapping[int, str], now: datetime) -> None:
        """A ClientIntegration that cannot be executed stops nobody else, and says so where staff look."""
        for pk, message in problems.items():
            log.warning("cannot_execute", client_integration=pk, problem=message)
            activation.note_problem(ClientIntegration.objects.defer("secret").get(pk=pk), message, now=now)
        reasons = {item.lease: problems[item.client_integration_id] for item in items}
        claiming.put_off(reasons, due_at=now + PROBLEM_DELAY, now=now)

    def _keep_leases(self) -> None:
        if time.monotonic() < self._beat_due:
            return
        self._beat_due = time.monotonic() + settings.HUB_LEASE_SECONDS / 3
        claiming.extend_leases([each.item for each in self.held], owner=self.owner, now=database_now())

    def _nap(self, end: float, stop: Callable[[], bool], wait: bool) -> bool:
        """Sleeps a little while something may still become due in our time. False: it is time to go."""
        if not wait or stop():
            return False
        due = claiming.next_due(database_now())
        if due is None or (due - database_now()).total_seconds() > end - time.monotonic():
            return False
        time.sleep(LONGEST_NAP)
        return True

    def _land(self, stop: Callable[[], bool]) -> None:
        """The way out: no new work; what is under way ends, the rest is given back uncharged."""
        now = database_now()
        claiming.give_back([each.item for each in [*self.ready, *self.suspects]], now=now)
        self.ready, self.suspects = [], deque()
        latest = time.monotonic() + (GRACE_SECONDS if stop() else float("inf"))
        while self.flying and time.monotonic() < latest:
            if stop():
                latest = min(latest, time.monotonic() + GRACE_SECONDS)
            self._collect(POLL_SECONDS)
            self._keep_leases()
        self._transport.abandon()  # nothing of what is given back may still go out
        for lease in list(self.flying):
            self._land_one(lease, Snooze(0, INTERRUPTED))
        self._exchange([], [], database_now())


def _holds_suspect(executions: Iterable[Execution]) -> bool:
    return any(execution.is_suspect for execution in executions)


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
