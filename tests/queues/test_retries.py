"""The back-off policy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import Refused
from queues.retries import DEFAULT_STEPS, JITTER, RetryPolicy, check_steps

policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 1000),
    steps=st.lists(st.floats(0, 10**5), min_size=1, max_size=20).map(tuple),
)
chances = st.floats(0, 1)


@given(policies, st.integers(1, 10**6), chances)
def test_a_delay_stays_within_the_jitter_of_its_step(policy, attempt, chance):
    delay = policy.delay(attempt, chance=lambda: chance)
    if attempt >= policy.max_attempts:
        assert delay is None
    else:
        step = policy.steps[min(attempt, len(policy.steps)) - 1]
        assert step * (1 - JITTER) - 1e-6 <= delay <= step * (1 + JITTER) + 1e-6


@given(policies, st.integers(1, 999), chances, st.floats(0, 10**9))
def test_a_wish_is_honoured_between_one_and_two_of_our_own_delays(policy, attempt, chance, wish):
    own = policy.delay(attempt, chance=lambda: chance)
    delay = policy.delay(attempt, wish=wish, chance=lambda: chance)
    if own is None:
        assert delay is None
    else:
        assert own <= delay <= 2 * own
        if own <= wish <= 2 * own:
            assert delay == wish


def test_the_default_waits_longer_every_time_and_repeats_its_last_step():
    policy = RetryPolicy(100)
    delays = [policy.delay(attempt, chance=lambda: 0.5) for attempt in range(1, 9)]
    assert delays == [*DEFAULT_STEPS, DEFAULT_STEPS[-1], DEFAULT_STEPS[-1]]


def test_the_last_attempt_is_the_last():
    assert RetryPolicy(3).delay(2) is not None
    assert RetryPolicy(3).delay(3) is None


@pytest.mark.parametrize("steps", [[1, 3, 10], [0], [0.5] * 20])
def test_good_steps_pass(steps):
    check_steps(steps)


@pytest.mark.parametrize(
    "steps", [[], "5", {"a": 1}, [-1], [True], ["5"], [10**9], [1] * 21, [float("nan")], None]
)
def test_bad_steps_are_refused_naming_the_field(steps):
    with pytest.raises(Refused) as refused:
        check_steps(steps)
    assert refused.value.field == "backoff"
