from hypothesis import given
from hypothesis import strategies as st

from queues.supervising.restarts import FIRST_SECONDS, LONGEST_SECONDS, STEADY_SECONDS, RestartDelay


def test_the_pause_grows_while_a_program_keeps_ending():
    delay = RestartDelay()

    pauses = [delay.after(0.5) for _ in range(7)]

    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_program_that_ran_steadily_starts_anew():
    delay = RestartDelay()
    for _ in range(5):
        delay.after(0.5)

    assert delay.after(STEADY_SECONDS) == FIRST_SECONDS
    assert delay.after(0.5) == 2 * FIRST_SECONDS


@given(st.lists(st.floats(min_value=0, max_value=1e6), max_size=30))
def test_the_pause_is_always_within_bounds(lives):
    delay = RestartDelay()

    assert all(FIRST_SECONDS <= delay.after(lived) <= LONGEST_SECONDS for lived in lives)
