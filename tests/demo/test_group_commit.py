import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from demo.group_commit import LARGEST_GROUP, GroupCommit
from demo.ledger import Delivery, Ledger, Verdict


class WatchedLedger(Ledger):
    """Remembers how many deliveries each commit held; `failures` commits fail first."""

    def __init__(self, path: Path, *, failures: int = 0) -> None:
        super().__init__(path)
        self.groups: list[int] = []
        self.failures = failures

    def record(self, deliveries: Sequence[Delivery], *, calls: int) -> list[Verdict]:
        self.groups.append(len(deliveries))
        if len(self.groups) <= self.failures:
            raise sqlite3.OperationalError("database or disk is full")
        return super().record(deliveries, calls=calls)


def make_deliveries(count: int) -> list[Delivery]:
    return [Delivery(f"{row}-1", "Payment", "", b"{}", "") for row in range(count)]


async def record_at_once(ledger: Ledger, count: int) -> list[Verdict | BaseException]:
    group_commit = GroupCommit(ledger)
    try:
        writes = [group_commit.record(delivery) for delivery in make_deliveries(count)]
        return await asyncio.gather(*writes, return_exceptions=True)
    finally:
        await group_commit.close()


def test_two_hundred_writers_at_once_share_one_commit(tmp_path: Path):
    ledger = WatchedLedger(tmp_path / "erp.sqlite3")

    assert asyncio.run(record_at_once(ledger, 200)) == [Verdict.STORED] * 200
    assert ledger.groups == [200]


class HeldLedger(WatchedLedger):
    """Stays in its first commit until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.let_go = threading.Event()

    def record(self, deliveries: Sequence[Delivery], *, calls: int) -> list[Verdict]:
        verdicts = super().record(deliveries, calls=calls)
        assert self.let_go.wait(timeout=20)
        return verdicts


def test_writers_that_come_one_by_one_during_a_commit_share_the_next_one(tmp_path: Path):
    async def record_during_commit(ledger: HeldLedger) -> list[Verdict]:
        group_commit = GroupCommit(ledger)
        writes = []
        for delivery in make_deliveries(21):
            writes.append(asyncio.create_task(group_commit.record(delivery)))
            await asyncio.sleep(0)
            while not ledger.groups:
                await asyncio.sleep(0)
        ledger.let_go.set()
        verdicts = await asyncio.gather(*writes)
        await group_commit.close()
        return verdicts

    ledger = HeldLedger(tmp_path / "erp.sqlite3")

    assert asyncio.run(record_during_commit(ledger)) == [Verdict.STORED] * 21
    assert ledger.groups == [1, 20]


def test_a_large_crowd_is_split_into_groups(tmp_path: Path):
    ledger = WatchedLedger(tmp_path / "erp.sqlite3")

    assert asyncio.run(record_at_once(ledger, LARGEST_GROUP + 1)) == [Verdict.STORED] * (LARGEST_GROUP + 1)
    assert ledger.groups == [LARGEST_GROUP, 1]


def test_a_failed_commit_is_told_to_its_own_writers_alone(tmp_path: Path):
    ledger = WatchedLedger(tmp_path / "erp.sqlite3", failures=1)

    outcomes = asyncio.run(record_at_once(ledger, LARGEST_GROUP + 2))

    assert {type(outcome) for outcome in outcomes[:LARGEST_GROUP]} == {sqlite3.OperationalError}
    assert outcomes[LARGEST_GROUP:] == [Verdict.STORED] * 2


def test_a_writer_that_gives_up_does_not_disturb_the_others(tmp_path: Path):
    async def record_and_give_up() -> Verdict:
        group_commit = GroupCommit(Ledger(tmp_path / "erp.sqlite3"))
        first, second = (asyncio.create_task(group_commit.record(each)) for each in make_deliveries(2))
        await asyncio.sleep(0)
        first.cancel()
        verdict = await second
        with pytest.raises(asyncio.CancelledError):
            await first
        await group_commit.close()
        return verdict

    assert asyncio.run(record_and_give_up()) is Verdict.STORED


def test_calls_are_counted_on_from_the_last_run(tmp_path: Path):
    async def count_calls(more: int) -> int:
        group_commit = GroupCommit(Ledger(tmp_path / "erp.sqlite3"))
        group_commit.calls += more
        await group_commit.close()
        return group_commit.calls

    assert asyncio.run(count_calls(3)) == 3
    assert asyncio.run(count_calls(2)) == 5
