import signal

import pytest

from queues.termination import putting_off_sigterm


@pytest.fixture
def outer():
    """What SIGTERM does outside, as long as the test lasts."""
    came = []
    previous = signal.signal(signal.SIGTERM, lambda number, frame: came.append(number))
    yield came
    signal.signal(signal.SIGTERM, previous)


def test_a_signal_is_noted_and_takes_effect_when_the_work_has_ended(outer):
    with putting_off_sigterm() as came:
        assert not came()
        signal.raise_signal(signal.SIGTERM)
        assert came()
        assert outer == []
    assert outer == [signal.SIGTERM]


def test_without_a_signal_nothing_changes(outer):
    with putting_off_sigterm() as came:
        pass
    assert (came(), outer) == (False, [])
    signal.raise_signal(signal.SIGTERM)
    assert outer == [signal.SIGTERM]
