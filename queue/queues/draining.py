"""Draining: going round all ClientIntegrations with due rows, one multiplexer across them all."""

import gc
import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent import futures
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

import structlog
from django.conf import settings

from integrationhub.wire.transport import AddressGuard, Failure, Response, Transport
from integrations import activation
from integrations.models import ClientIntegration
from queues import beside, breaking, claiming, planning
from queues.claiming import Claimed, Lease
from queues.clock import database_now
from queues.handlers import Prepared
from queues.outcomes import Outcome, Retry, Snooze
from queues.plans import KnownPlans, Versions
from queues.preparing import Execution, prepare
from queues.rounds import Result, Round, exchange

log = structlog.get_logger(__name__)

CAPACITY = 400  # in flight at most: each has a connection, and select(2) sees about a thousand
# Claimed in one round, which costs as much as some fifty items beside what its items cost. While one group
# is acknowledged and another started, a third is prepared.
GROUP = 400
AHEAD = 2 * GROUP
ROUNDS = 2  # under way at once, where the database has room for it
POLL_SECONDS = 0.05
# While the database is at work, we look so often whether it has finished.
GLANCE_SECONDS = 0.002
# With less under way, a round is over before a thread would have taken it up.
WORTH_A_THREAD = 20
# With less to acknowledge and to start, it waits for the round that is under way.
WORTH_ANOTHER = GROUP // 2
BEATS = 4  # in the time of a lease: what is in a round just then misses one, and may miss another
LONGEST_NAP = 0.25
TURN_SECONDS = 0.005  # about as long as another process takes to claim
GRACE_SECONDS = 20.0
# While a worker of the cluster drains, nobody notices that no other task is taken up any more.
LONGEST_DRAIN = 30.0
PROBLEM_DELAY = timedelta(seconds=60)
INTERRUPTED = "Interrupted by a shutdown."


def _never() -> bool:
    return False


@cache
def _keep_what_is_loaded() -> None:
    """Collecting garbage need not look at it every time. Once in a process: what is garbage by now stays."""
    gc.freeze()


def drain(*, seconds: float = LONGEST_DRAIN, stop: Callable[[], bool] = _never, wait: bool = True) -> int:
    """Works off due rows for at most `seconds` (plus what is under way), or until `stop()`.

    Returns how many items it finished. With `wait` it stays for rows that become due within its time, else
    it ends when nothing is due.
    """
    _keep_what_is_loaded()
    with planning.point_reads(), Drain() as worker:
        return worker.run(seconds=seconds, stop=stop, wait=wait)


@dataclass(frozen=True, slots=True, eq=False)
class UnderWay:
    """A round on its way through the database, by a thread of its own or by ours."""

    round: Round
    result: futures.Future[Result]
    thread: beside.DatabaseThread | None

    @property
    def did_something(self) -> bool:
        result = self.result.result()
        return bool(self.round.done or self.round.group or result.claim.rows or result.claim.contended)


@dataclass
class Drain:
    """What one worker holds, each item in one place: claimed, ready, suspect, in flight, done, or in a round
    that is under way."""

    owner: str = field(
        default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    )
    claimed: Sequence[Claimed] = ()
    ready: list[Execution] = field(default_factory=list)
    suspects: deque[Execution] = field(default_factory=deque)
    flying: dict[Lease, Execution] = field(default_factory=dict)
    done: list[Execution] = field(default_factory=list)
    finished: int = 0

    def __enter__(self) -> "Drain":
        self._resources = ExitStack()
        self._transport: Transport[Lease] = Transport(AddressGuard(settings.HUB_OUTBOUND_ALLOW))
        self._idle = [beside.DatabaseThread() for _ in range(ROUNDS if beside.is_possible() else 0)]
        self._resources.callback(self._transport.close)
        for thread in self._idle:
            self._resources.callback(thread.close)
        self._under_way: list[UnderWay] = []
        self._last_served: dict[int, float] = {}
        self._in_vain_until = 0.0
        self._is_alone = True
        self._plans = KnownPlans()
        self._made_of: dict[int, Versions] = {}
        self._health: dict[breaking.Pair, breaking.Health] = {}
        self._beat_due = time.monotonic() + settings.HUB_LEASE_SECONDS / BEATS
        self._looked_at_clock(database_now())
        return self

    def __exit__(self, *error: object) -> None:
        self._resources.close()

    @property
    def held(self) -> list[Claimed]:
        """All but what is in a round that is under way: that one has its rows to itself."""
        executions = (*self.ready, *self.suspects, *self.flying.values(), *self.done)
        return [*self.claimed, *(execution.item for execution in executions)]

    def run(self, *, seconds: float, stop: Callable[[], bool], wait: bool) -> int:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not stop():
            if not self.step() and not self._nap(end, stop, wait):
                break
        self._land(stop)
        return self.finished

    def step(self) -> bool:
        """Begins a round, and takes what has come of those that are over. False: there was nothing to do.

        While the database is at work, what was claimed before is prepared, and answers are taken.
        """
        if self._is_worth_a_round():
            self._begin(self._make_round(self._look()))
        self._prepare()
        self._wait_for_a_round()
        was_busy = self._take_rounds()
        if not self._prepares_beside:
            self._prepare()
        if not self._under_way:
            self._collect(POLL_SECONDS)
        self._keep_leases()
        return bool(was_busy or self._under_way or self.held)

    def _look(self) -> datetime:
        now = database_now()
        self._looked_at_clock(now)
        self._health = breaking.look()
        self._spare_what_is_out_of_reach(now)
        return now

    def _looked_at_clock(self, now: datetime) -> None:
        self._ahead = now - timedelta(seconds=time.monotonic())

    def _now(self) -> datetime:
        """The database's time, as near as can be told without asking."""
        return self._ahead + timedelta(seconds=time.monotonic())

    def _is_worth_a_round(self) -> bool:
        """One is always under way; another beside it has to be worth its cost."""
        if not self._under_way:
            return True
        if not self._idle or len(self.done) + len(self.ready) < WORTH_ANOTHER:
            return False
        airborne = self._airborne
        startable = 0 if _holds_suspect(airborne) else min(len(self.ready), CAPACITY - len(airborne))
        return len(self.done) + startable >= WORTH_ANOTHER

    def _make_round(self, now: datetime) -> Round:
        group = self._next_group()
        room = self._room(group)
        done, self.done = self.done, []
        return Round(self.owner, now, done, group, room, self._health, self._last_served)

    def _room(self, group: Sequence[Execution]) -> int:
        """How many a round may claim that starts this group."""
        if self._minds_suspects(group) or any(each.round.room for each in self._under_way):
            return 0  # two that claim would be in each other's way
        if (group or self.flying) and not self.done and time.monotonic() < self._in_vain_until:
            return 0  # what is acknowledged next makes room for more
        return min(GROUP, AHEAD - len(self.ready) - len(self.claimed))

    @property
    def _airborne(self) -> list[Execution]:
        """In flight, or about to be."""
        starting = [execution for each in self._under_way for execution in each.round.group]
        return [*self.flying.values(), *starting]

    def _next_group(self) -> list[Execution]:
        """What is started next: all that is ready, or one suspect when nothing else is under way."""
        airborne = self._airborne
        if _holds_suspect(airborne):
            return []
        if self.suspects and not self.ready:
            # What has ended is acknowledged first: it has nothing to do with how this one ends.
            return [] if airborne or self._under_way else [self.suspects.popleft()]
        places = max(0, CAPACITY - len(airborne))
        group, self.ready = self.ready[:places], self.ready[places:]
        return group

    def _minds_suspects(self, group: Sequence[Execution]) -> bool:
        """While a suspect waits or runs, nothing is claimed."""
        waits = self.suspects or any(item.crashes for item in self.claimed)
        return bool(waits) or _holds_suspect([*group, *self._airborne])

    @property
    def _has_company(self) -> bool:
        """There is enough for us to do while the database is at work."""
        return bool(self._idle) and len(self.claimed) + len(self.flying) >= WORTH_A_THREAD

    @property
    def _prepares_beside(self) -> bool:
        """What was just claimed is prepared beside the next round, if that has something to do.

        Alone, we do so with whatever it has, for nobody else keeps the database at work. Beside others, a
        round had better be large.
        """
        is_worth_it = self._is_alone and len(self.claimed) >= WORTH_ANOTHER
        return self._has_company and (is_worth_it or bool(self.ready or self.done))

    def _begin(self, this: Round) -> None:
        """In our own thread it is over on return."""
        is_large = len(this.done) + len(this.group) >= WORTH_A_THREAD
        thread = self._idle.pop() if self._idle and (is_large or self._has_company) else None
        submit = thread.submit if thread else beside.done_here
        self._under_way.append(UnderWay(this, submit(lambda: exchange(this)), thread))

    def _wait_for_a_round(self) -> None:
        """Until one is over, or another is worth it. Answers are taken, which frees their connections."""
        results = [each.result for each in self._under_way]
        while not any(result.done() for result in results) and not self._is_worth_a_round():
            if self.flying:
                self._poll(GLANCE_SECONDS)
            else:
                futures.wait(results, return_when=futures.FIRST_COMPLETED)

    def _take_rounds(self) -> bool:
        """Takes the results of those that are over. False: they had nothing to do."""
        over = [each for each in self._under_way if each.result.done()]
        self._under_way = [each for each in self._under_way if each not in over]
        self._idle += [each.thread for each in over if each.thread]
        for each in over:
            self._take(each.round, each.result.result())
        if any(each.round.done and not each.round.room for each in over):
            self._in_vain_until = 0.0  # room that no claim has seen
        return any(each.did_something for each in over)

    def _take(self, this: Round, result: Result) -> None:
        claim = result.claim
        if this.room and (claim.full or not claim.rows):
            self._in_vain_until = time.monotonic() + POLL_SECONDS
        if claim.others is not None:
            self._is_alone = claim.others == 0
        self.finished += result.finished
        self.claimed = [*self.claimed, *claim.rows]
        self._made_of.update(result.made_of)
        served = {row.client_integration_id for row in claim.rows}
        self._last_served.update(dict.fromkeys(served, time.monotonic()))
        for execution in result.started:
            self._send(execution)
        if claim.contended and not (self.held or self._under_way):
            time.sleep(TURN_SECONDS)

    def _spare_what_is_out_of_reach(self, now: datetime) -> None:
        """Items for a system that began to rest after they were claimed are given back uncharged."""
        pauses = {pair: health for pair, health in self._health.items() if health.room(now) == 0}
        if not pauses:
            return
        spared = [execution for execution in self.ready if breaking.pair_of(execution) in pauses]
        self.ready = [execution for execution in self.ready if breaking.pair_of(execution) not in pauses]
        for pair, health in pauses.items():
            reason = f"Not sent: its system was out of reach {health.failures} times in a row."
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
            self._poll(max(0.0, end - time.monotonic()))
            if self._is_worth_a_commit() or time.monotonic() >= end:
                return

    def _poll(self, timeout: float) -> None:
        answers = self._transport.poll(timeout)
        now = self._now()
        for lease, answer in answers:
            self._land_one(lease, _conclude(self.flying[lease], answer, now))

    def _is_worth_a_commit(self) -> bool:
        """Half of what was under way is done, or what comes next would fill half of the places."""
        is_next = bool(self.ready or self.claimed)
        return len(self.done) > len(self.flying) or (is_next and 2 * len(self.flying) <= CAPACITY)

    def _land_one(self, lease: Lease, outcome: Outcome) -> None:
        execution = self.flying.pop(lease)
        execution.outcome = outcome
        self.done.append(execution)

    def _prepare(self) -> None:
        items, self.claimed = self.claimed, ()
        if not items:
            return
        now = self._now()
        plans, problems = self._plans.get(
            {item.client_integration_id: self._made_of[item.client_integration_id] for item in items}
        )
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
        self._beat_due = time.monotonic() + settings.HUB_LEASE_SECONDS / BEATS
        claiming.extend_leases(self.held, owner=self.owner, now=database_now())

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
        for each in self._under_way:
            each.result.result()
        self._take_rounds()
        unstarted = (*self.ready, *self.suspects)
        claiming.give_back([*self.claimed, *(each.item for each in unstarted)], now=database_now())
        self.claimed, self.ready, self.suspects = (), [], deque()
        latest = time.monotonic() + (GRACE_SECONDS if stop() else float("inf"))
        while self.flying and time.monotonic() < latest:
            if stop():
                latest = min(latest, time.monotonic() + GRACE_SECONDS)
            self._collect(POLL_SECONDS)
            self._acknowledge()
            self._keep_leases()
        self._transport.abandon()  # nothing of what is given back may still go out
        for lease in list(self.flying):
            self._land_one(lease, Snooze(0, INTERRUPTED))
        self._acknowledge()

    def _acknowledge(self) -> None:
        """What is answered is not kept waiting by what is not: a worker that dies now repeats none of it."""
        if self.done:
            done, self.done = self.done, []
            self.finished += exchange(Round(self.owner, database_now(), done, health=self._health)).finished


def _holds_suspect(executions: Iterable[Execution]) -> bool:
    return any(execution.is_suspect for execution in executions)


def _conclude(execution: Execution, answer: Response | Failure, now: datetime) -> Outcome:
    assert execution.work is not None  # noqa: S101  (only prepared executions fly)
    assert execution.prepared is not None  # noqa: S101
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
