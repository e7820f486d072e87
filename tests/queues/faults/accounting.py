"""Accounts in the manner of Jepsen: what was acknowledged to writers against what the receiver has on disk.

An item's versions are numbers that only grow. A version that a newer one overtook need not be delivered; the
newest one that was acknowledged must be, or one that is newer still.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

Version = int
Item = str


@dataclass
class WriterLog:
    """Filled by several writers at once."""

    attempted: set[tuple[Item, Version]] = field(default_factory=set)
    acknowledged: dict[Item, Version] = field(default_factory=dict)
    calls: int = 0
    refused_calls: int = 0
    _lock: Lock = field(default_factory=Lock)

    def attempt(self, rows: Iterable[tuple[Item, Version]]) -> None:
        with self._lock:
            self.attempted.update(rows)

    def acknowledge(self, rows: Iterable[tuple[Item, Version]]) -> None:
        with self._lock:
            self.calls += 1
            for item, version in rows:
                self.acknowledged[item] = max(version, self.acknowledged.get(item, version))

    def note_failed_call(self) -> None:
        with self._lock:
            self.refused_calls += 1


@dataclass(frozen=True)
class Effect:
    """One row of the receiver's ledger: what one key did there."""

    key: str
    item: Item
    version: Version
    conflicting: bool = False


@dataclass(frozen=True)
class Account:
    items: int
    acknowledged: int
    effects: int
    accepted: int
    lost: int
    unexpected: int
    duplicates: int

    @property
    def repeats(self) -> int:
        """Calls that the receiver had answered with success before, under the same key."""
        return self.accepted - self.effects

    @property
    def repeated_share(self) -> float:
        return self.repeats / max(1, self.effects)

    def describe(self) -> str:
        rows = {
            "items acknowledged": f"{self.acknowledged}",
            "deliveries (distinct keys)": f"{self.effects}",
            "lost": f"{self.lost}",
            "unexpected": f"{self.unexpected}",
            "duplicate effects": f"{self.duplicates}",
            "repeats": f"{self.repeats} ({self.repeated_share:.2%})",
        }
        return "\n".join(f"    {name:<28}{value}" for name, value in rows.items())


def read_ledger(path: Path) -> tuple[list[Effect], int]:
    """The receiver's effects and how many calls it accepted, as they are on disk."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as ledger:
        rows = ledger.execute("SELECT key, body, conflicting FROM item")
        effects = [_read_effect(*row) for row in rows]
        ((accepted,),) = ledger.execute("SELECT accepted FROM tally").fetchall()
    return effects, accepted


def settle(log: WriterLog, effects: list[Effect], *, accepted: int) -> Account:
    delivered: dict[Item, Version] = {}
    for effect in effects:
        delivered[effect.item] = max(effect.version, delivered.get(effect.item, effect.version))
    lost = [item for item, version in log.acknowledged.items() if delivered.get(item, -1) < version]
    return Account(
        items=len({item for item, _ in log.attempted}),
        acknowledged=len(log.acknowledged),
        effects=len(effects),
        accepted=accepted,
        lost=len(lost),
        unexpected=sum((effect.item, effect.version) not in log.attempted for effect in effects),
        duplicates=_count_duplicates(effects),
    )


def _read_effect(key: str, body: bytes, conflicting: int) -> Effect:
    payload = json.loads(body)
    return Effect(key, payload["Id"], int(payload["Lines"]), bool(conflicting))


def _count_duplicates(effects: list[Effect]) -> int:
    """Keys that came with two payloads, and versions of an item that came under two keys."""
    times = Counter((effect.item, effect.version) for effect in effects)
    return sum(effect.conflicting for effect in effects) + sum(number - 1 for number in times.values())
