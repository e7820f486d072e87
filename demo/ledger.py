"""What the demo ERP has been given, on disk: one row for each idempotency key."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_SCHEMA = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS item (
        key TEXT PRIMARY KEY,
        entity TEXT NOT NULL,
        resource TEXT NOT NULL,
        body BLOB NOT NULL,
        received_at TEXT NOT NULL,
        conflicting INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS item_by_entity ON item (entity, key);
    CREATE INDEX IF NOT EXISTS item_by_time ON item (entity, received_at, key);
    CREATE INDEX IF NOT EXISTS item_conflicting ON item (key) WHERE conflicting;
    CREATE TABLE IF NOT EXISTS tally (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        calls INTEGER NOT NULL,
        accepted INTEGER NOT NULL
    );
    INSERT OR IGNORE INTO tally VALUES (1, 0, 0);
"""


class Verdict(StrEnum):
    STORED = "stored"
    """A new key."""
    REPEAT = "repeat"
    """A known key with the payload it had before."""
    CONFLICT = "conflict"
    """A known key with another payload; the first one is kept."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One write. `answered` is False where the sender will not get to see an answer."""

    key: str
    entity: str
    resource: str
    body: bytes
    received_at: str
    answered: bool = True


class Ledger:
    """Not safe for use by several threads at a time."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level="IMMEDIATE", check_same_thread=False)
        self._database.executescript(_SCHEMA)

    def close(self, *, calls: int) -> None:
        with self._database:
            self._database.execute("UPDATE tally SET calls = ?", (calls,))
        self._database.close()

    def record(self, deliveries: Sequence[Delivery], *, calls: int) -> list[Verdict]:
        """Keep all of them in one transaction: what is returned is on disk. `calls` is the count so far."""
        with self._database:
            verdicts = [self._keep(delivery) for delivery in deliveries]
            accepted = sum(
                delivery.answered and verdict is not Verdict.CONFLICT
                for delivery, verdict in zip(deliveries, verdicts, strict=True)
            )
            self._database.execute("UPDATE tally SET calls = ?, accepted = accepted + ?", (calls, accepted))
        return verdicts

    def reset(self) -> None:
        with self._database:
            self._database.execute("DELETE FROM item")
            self._database.execute("UPDATE tally SET calls = 0, accepted = 0")

    def count_calls(self) -> int:
        return self._count("SELECT calls FROM tally")

    def count(self) -> dict[str, Any]:
        """`{"accepted", "distinct_keys", "conflicting_keys", "by_entity": {entity: distinct keys}}`"""
        rows = self._database.execute("SELECT entity, count(*) FROM item GROUP BY entity")
        by_entity: dict[str, int] = dict(rows.fetchall())
        return {
            "accepted": self._count("SELECT accepted FROM tally"),
            "distinct_keys": sum(by_entity.values()),
            "conflicting_keys": self._count("SELECT count(*) FROM item WHERE conflicting"),
            "by_entity": by_entity,
        }

    def list_keys(self, entity: str, *, after: str, limit: int) -> list[str]:
        """The next keys of an entity, in the order of their text."""
        query = "SELECT key FROM item WHERE entity = ? AND key > ? ORDER BY key LIMIT ?"
        return [key for (key,) in self._database.execute(query, (entity, after, limit))]

    def list_items(
        self, entity: str, *, since: str, until: str, limit: int, offset: int
    ) -> list[tuple[str, str, bytes, str]]:
        """(key, resource, body, received_at) of what came in from `since` to `until`, the oldest first."""
        query = (
            "SELECT key, resource, body, received_at FROM item"
            " WHERE entity = ? AND received_at BETWEEN ? AND ? ORDER BY received_at, key LIMIT ? OFFSET ?"
        )
        return list(self._database.execute(query, (entity, since, until, limit, offset)))

    def _keep(self, delivery: Delivery) -> Verdict:
        inserted = self._database.execute(
            "INSERT INTO item (key, entity, resource, body, received_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (key) DO NOTHING",
            (delivery.key, delivery.entity, delivery.resource, delivery.body, delivery.received_at),
        )
        return Verdict.STORED if inserted.rowcount else self._compare(delivery)

    def _compare(self, delivery: Delivery) -> Verdict:
        query = "SELECT entity, resource, body FROM item WHERE key = ?"
        kept = self._database.execute(query, (delivery.key,)).fetchone()
        if kept == (delivery.entity, delivery.resource, delivery.body):
            return Verdict.REPEAT
        self._database.execute("UPDATE item SET conflicting = 1 WHERE key = ?", (delivery.key,))
        return Verdict.CONFLICT

    def _count(self, query: str) -> int:
        number: int = self._database.execute(query).fetchone()[0]
        return number
