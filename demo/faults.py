"""How the demo ERP fails on purpose: seldom, fixed by key and try, and trying again helps."""

import re
from collections import Counter
from enum import StrEnum
from hashlib import blake2b

NEIGHBOURS = 8


class Fault(StrEnum):
    BUSY = "busy"
    """503, for neighbouring keys together: an overloaded system turns away whoever calls just then."""
    THROTTLED = "throttled"
    """429 with `Retry-After`."""
    SLOW = "slow"
    """Stored and accepted, but late."""
    CUT = "cut"
    """The line is cut before anything is stored."""
    CUT_AFTER_STORING = "cut after storing"
    """The line is cut although the item is stored: only the same key sent again shows it."""


BURSTS_IN_10000 = 60
# Fault and its share in 10,000 keys; together with the bursts, one key in fifty is hit.
SINGLE_FAULTS = ((Fault.THROTTLED, 40), (Fault.SLOW, 50), (Fault.CUT, 25), (Fault.CUT_AFTER_STORING, 25))
LASTING_TRIES = {Fault.BUSY: 2}

_ROW_AND_CYCLE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


class Faults:
    """Counts the tries of the few keys that are hit. The count starts again with the process."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._tries: Counter[str] = Counter()

    def strike(self, key: str) -> Fault | None:
        """What this try of the key meets."""
        fault = plan_fault(key, seed=self._seed)
        if fault is None:
            return None
        self._tries[key] += 1
        return fault if self._tries[key] <= LASTING_TRIES.get(fault, 1) else None

    def forget(self) -> None:
        self._tries.clear()


def plan_fault(key: str, *, seed: int) -> Fault | None:
    """What the first try of a key meets, None for most keys."""
    if _draw(f"{seed}/burst/{_neighbourhood(key)}") < BURSTS_IN_10000:
        return Fault.BUSY
    drawn = _draw(f"{seed}/{key}")
    for fault, share in SINGLE_FAULTS:
        if drawn < share:
            return fault
        drawn -= share
    return None


def _neighbourhood(key: str) -> str:
    """Keys are `<row>-<cycle>`: rows close to each other, in the same cycle, share a burst."""
    if match := _ROW_AND_CYCLE.fullmatch(key):
        return f"{int(match[1]) // NEIGHBOURS}-{match[2]}"
    return key


def _draw(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") % 10_000
