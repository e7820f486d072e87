from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from demo.faults import NEIGHBOURS, Fault, Faults, plan_fault

KEYS = [f"{row}-1" for row in range(50_000)]


def test_about_one_key_in_fifty_meets_a_failure_of_any_kind():
    planned = Counter(plan_fault(key, seed=1) for key in KEYS)

    assert set(planned) == {None, *Fault}
    assert 0.015 < 1 - planned[None] / len(KEYS) < 0.025


@given(key=st.text("0123456789-abc", min_size=1, max_size=8), seed=st.integers())
def test_no_key_fails_after_its_third_try(key: str, seed: int):
    faults = Faults(seed)
    struck = [faults.strike(key) for _ in range(6)]

    assert struck[3:] == [None] * 3


def test_a_busy_erp_turns_a_key_away_twice():
    faults = Faults(1)
    key = next(key for key in KEYS if plan_fault(key, seed=1) is Fault.BUSY)

    assert [faults.strike(key) for _ in range(3)] == [Fault.BUSY, Fault.BUSY, None]


def test_neighbouring_rows_are_turned_away_together():
    first = next(row for row in range(0, 50_000, NEIGHBOURS) if plan_fault(f"{row}-1", seed=1) is Fault.BUSY)

    assert {plan_fault(f"{first + offset}-1", seed=1) for offset in range(NEIGHBOURS)} == {Fault.BUSY}


def test_the_same_seed_fails_the_same_way_and_another_one_does_not():
    planned = [plan_fault(key, seed=1) for key in KEYS]

    assert [plan_fault(key, seed=1) for key in KEYS] == planned
    assert [plan_fault(key, seed=2) for key in KEYS] != planned


def test_a_new_cycle_of_a_row_has_a_fate_of_its_own():
    assert [plan_fault(f"{row}-2", seed=1) for row in range(50_000)] != [
        plan_fault(key, seed=1) for key in KEYS
    ]


def test_forgotten_tries_start_again():
    faults = Faults(1)
    key = next(key for key in KEYS if plan_fault(key, seed=1) is Fault.CUT)
    faults.strike(key)
    faults.forget()

    assert faults.strike(key) is Fault.CUT
