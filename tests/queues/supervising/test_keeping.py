import sys

import pytest

from queues.supervising.children import Program
from queues.supervising.keeping import IDLE_STOP_SECONDS, LAST_WORK_SECONDS, Keeper

SLEEPS = (sys.executable, "-c", "import time; time.sleep(300)")


class Busy:
    """Whether work goes on, by what a test says, and whether it was asked to end."""

    def __init__(self):
        self.answer = True

    def __call__(self):
        return self.answer


@pytest.fixture
def said():
    return []


@pytest.fixture
def busy():
    return Busy()


@pytest.fixture
def keeper(said, busy):
    keeper = Keeper(Program("sleeper", SLEEPS, is_busy=busy), said.append)
    assert keeper.look_after(1000)
    yield keeper
    keeper.bury()
    keeper.leave()


def is_asked_to_end(keeper):
    (path,) = keeper.program.environment.values()
    return keeper._stop_file._path.exists() and path == str(keeper._stop_file._path)


def test_what_still_works_is_asked_to_end_before_it_is_killed(keeper, busy, said):
    assert not is_asked_to_end(keeper)
    keeper.condemn()

    assert not keeper.look_after(1001)
    assert is_asked_to_end(keeper)
    assert keeper.is_running()
    assert not keeper.is_trusted()

    busy.answer = False
    assert not keeper.look_after(1002)
    assert not keeper.is_running()
    assert keeper.look_after(1002)
    assert not is_asked_to_end(keeper)
    assert keeper.is_trusted()
    assert len(said) == 2


def test_what_does_not_end_is_killed_all_the_same(keeper):
    keeper.condemn()
    keeper.look_after(1001)

    keeper.look_after(1001 + LAST_WORK_SECONDS)

    assert not keeper.is_running()


def test_the_work_of_a_program_that_died_may_end_too(keeper, busy, said):
    keeper.child._process.kill()
    keeper.child._process.wait()

    keeper.look_after(1001)
    assert is_asked_to_end(keeper)
    assert len(said) == 1

    busy.answer = False
    keeper.look_after(1002)
    assert said[-1] == "sleeper was ended by SIGKILL; trying again in 1 s"


def test_a_leader_that_hangs_without_work_is_not_waited_for(keeper, busy):
    assert keeper.deserves_patience(IDLE_STOP_SECONDS)
    busy.answer = False
    assert keeper.deserves_patience(IDLE_STOP_SECONDS - 1)
    assert not keeper.deserves_patience(IDLE_STOP_SECONDS)


def test_a_program_of_which_nothing_is_known_is_waited_for(said):
    keeper = Keeper(Program("sleeper", SLEEPS), said.append)
    assert not keeper.deserves_patience(0)
    keeper.look_after(1000)
    assert keeper.deserves_patience(IDLE_STOP_SECONDS)
    keeper.bury()
    keeper.leave()
