import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.ledger import Delivery, Ledger, Verdict


def deliver(key: str, body: bytes = b"{}", entity: str = "Payment", *, answered: bool = True) -> Delivery:
    return Delivery(key, entity, "", body, "2026-11-02T08:00:00+00:00", answered)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "erp.sqlite3")
    yield ledger
    ledger.close(calls=0)


def test_a_key_is_stored_once_repeated_with_the_same_payload_and_in_conflict_with_another(ledger: Ledger):
    verdicts = ledger.record([deliver("1-1"), deliver("1-1"), deliver("1-1", b"[]")], calls=3)

    assert verdicts == [Verdict.STORED, Verdict.REPEAT, Verdict.CONFLICT]


def test_the_same_payload_for_another_entity_is_a_conflict(ledger: Ledger):
    ledger.record([deliver("1-1", entity="Payment")], calls=1)

    assert ledger.record([deliver("1-1", entity="Invoice")], calls=2) == [Verdict.CONFLICT]


def test_a_key_in_conflict_counts_once_however_often_it_comes(ledger: Ledger):
    ledger.record([deliver("1-1"), deliver("1-1", b"[1]"), deliver("1-1", b"[2]")], calls=3)

    assert ledger.count()["conflicting_keys"] == 1


def test_accepted_counts_answers_that_say_yes_and_that_somebody_reads(ledger: Ledger):
    unseen = deliver("2-1", answered=False)
    ledger.record([deliver("1-1"), deliver("1-1"), deliver("1-1", b"[]"), unseen], calls=4)

    assert ledger.count() == {
        "accepted": 2,
        "distinct_keys": 2,
        "conflicting_keys": 1,
        "by_entity": {"Payment": 2},
    }


def test_keys_are_listed_page_by_page(ledger: Ledger):
    ledger.record([deliver(f"{row}-1") for row in range(5)] + [deliver("9-1", entity="Invoice")], calls=6)

    assert ledger.list_keys("Payment", after="", limit=3) == ["0-1", "1-1", "2-1"]
    assert ledger.list_keys("Payment", after="2-1", limit=3) == ["3-1", "4-1"]
    assert ledger.list_keys("Payment", after="4-1", limit=3) == []


def test_a_group_that_cannot_be_stored_leaves_nothing_behind(ledger: Ledger):
    broken = Delivery("2-1", None, "", b"{}", "")  # type: ignore[arg-type]

    with pytest.raises(sqlite3.IntegrityError):
        ledger.record([deliver("1-1"), broken], calls=2)

    assert ledger.count()["distinct_keys"] == 0
    assert ledger.record([deliver("1-1")], calls=3) == [Verdict.STORED]


def test_what_was_recorded_can_be_read_by_others_at_once(ledger: Ledger, tmp_path: Path):
    ledger.record([deliver("1-1", b'{"Amount": 5}')], calls=1)

    with closing(sqlite3.connect(tmp_path / "erp.sqlite3")) as database:
        assert database.execute("SELECT key, body FROM item").fetchall() == [("1-1", b'{"Amount": 5}')]


def test_counts_survive_closing_and_a_reset_takes_all_away(tmp_path: Path):
    first = Ledger(tmp_path / "erp.sqlite3")
    first.record([deliver("1-1")], calls=1)
    first.close(calls=4)
    second = Ledger(tmp_path / "erp.sqlite3")

    assert second.count_calls() == 4
    assert second.count()["accepted"] == 1
    second.reset()
    assert second.count_calls() == 0
    assert second.count()["distinct_keys"] == 0
    second.close(calls=0)


@settings(deadline=None)
@given(
    groups=st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([b"1", b"2"])), max_size=4))
)
def test_any_grouping_gives_the_verdicts_of_one_write_after_another(groups: list[list[tuple[str, bytes]]]):
    kept: dict[str, bytes] = {}
    with closing(InMemory()) as ledger:
        for group in groups:
            expected = [expect_verdict(kept, key, body) for key, body in group]
            assert ledger.record([deliver(key, body) for key, body in group], calls=0) == expected
        assert ledger.list_keys("Payment", after="", limit=10) == sorted(kept)


class InMemory(Ledger):
    def __init__(self) -> None:
        super().__init__(Path(":memory:"))

    def close(self, *, calls: int = 0) -> None:
        super().close(calls=calls)


def expect_verdict(kept: dict[str, bytes], key: str, body: bytes) -> Verdict:
    if key not in kept:
        kept[key] = body
        return Verdict.STORED
    return Verdict.REPEAT if kept[key] == body else Verdict.CONFLICT
