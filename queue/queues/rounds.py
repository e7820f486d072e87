"""What one round of a drain does in the database, in one commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from queues import breaking, claiming, rollups, starting
from queues.claiming import Claim
from queues.finishing import finish
from queues.limits import Limits
from queues.plans import Versions
from queues.preparing import Execution


@dataclass(frozen=True, slots=True)
class Round:
    """`done` is acknowledged, `group` is started, up to `room` more are claimed.

    `health` says where nothing is to be sent, `last_served` who has waited longest.
    """

    owner: str
    now: datetime
    done: Sequence[Execution] = ()
    group: Sequence[Execution] = ()
    room: int = 0
    health: Mapping[breaking.Pair, breaking.Health] = field(default_factory=dict)
    last_served: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """`started` may be executed. `made_of`, by ClientIntegration: what plans for the claimed are made of."""

    finished: int = 0
    started: Sequence[Execution] = ()
    claim: Claim = field(default_factory=Claim)
    made_of: Mapping[int, Versions] = field(default_factory=dict)


def exchange(this: Round) -> Result:
    """Counters that workers share come last, so that nobody waits for them long."""
    work = _find_work(this) if this.room > 0 else []
    if not (this.done or this.group or work):
        return Result()
    with transaction.atomic():
        finished = finish(this.done, this.now)
        started = starting.start(this.group, this.now)
        claim = claiming.claim(work, most=this.room, owner=this.owner, now=this.now)
        rollups.count(this.done, this.now)
        breaking.note(this.done, this.health, this.now)
    made_of = {each.client_integration_id: each.made_of for each in work}
    return Result(finished, started, claim, made_of)


def _find_work(this: Round) -> list[Limits]:
    """What may be claimed for, the longest unserved first."""
    work = [_consider(limits, this) for limits in claiming.find_work(this.now)]
    return sorted(filter(None, work), key=lambda each: this.last_served.get(each.client_integration_id, 0))


def _consider(limits: Limits, this: Round) -> Limits | None:
    """As its system's health allows: None while nothing is sent there."""
    room = this.health.get((limits.client_id, limits.system_id), breaking.Health()).room(this.now)
    return None if room == 0 else replace(limits, on_trial=room is not None)
