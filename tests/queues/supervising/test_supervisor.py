import signal
import sys
import time

import pytest

from queues.supervising.children import Program
from queues.supervising.supervisor import Supervisor

OBEYS = """
import pathlib, signal, sys, time
def stop(*_):
    pathlib.Path({log!r}).open("a").write({name!r} + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
pathlib.Path({ready!r}).touch()
time.sleep(300)
"""
IGNORES = """
import pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path({ready!r}).touch()
time.sleep(300)
"""
COUNTS_AND_DIES = """
import pathlib, os
pathlib.Path({log!r}).open("a").write("ran\\n")
os._exit(9)
"""


class QuietWatchdog:
    """Finds nothing, unless told so."""

    def __init__(self):
        self.expected = 0
        self.frozen = False

    def expect(self, now):
        self.expected += 1

    def is_due(self, now):
        return True

    def finds_frozen(self, now):
        frozen, self.frozen = self.frozen, False
        return frozen


@pytest.fixture(autouse=True)
def handlers_as_before():
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    previous = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in previous.items():
        signal.signal(number, handler)


@pytest.fixture
def said():
    return []


@pytest.fixture
def run(said):
    """Run a supervisor over these programs until `done` is true, then send it a signal."""

    def run(*programs, done, watchdog=None, grace=30.0, then=signal.SIGTERM):
        deadline = time.monotonic() + 60

        def look():
            assert time.monotonic() < deadline, f"it never came to that: {said}"
            if done():
                signal.raise_signal(then)

        watchdog = watchdog or QuietWatchdog()
        Supervisor(programs, watchdog=watchdog, say=said.append, grace=grace).run(each_round=look)

    return run


@pytest.fixture
def make(tmp_path):
    def make(template, name="program", **options):
        paths = {"log": str(tmp_path / "log"), "ready": str(tmp_path / f"{name}.ready")}
        return Program(name, (sys.executable, "-c", template.format(name=name, **paths)), **options)

    return make


def count(said, text):
    return sum(text in line for line in said)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_lets_each_program_finish(run, make, tmp_path, said, number):
    run(make(OBEYS), done=(tmp_path / "program.ready").exists, then=number)

    assert (tmp_path / "log").read_text() == "program\n"
    assert said[-1] == "stopped"


def test_a_program_the_others_need_is_stopped_last(run, make, tmp_path):
    first, last = make(OBEYS, "needed", last=True), make(OBEYS, "needing")
    ready = [tmp_path / "needed.ready", tmp_path / "needing.ready"]

    run(first, last, done=lambda: all(path.exists() for path in ready))

    assert (tmp_path / "log").read_text() == "needing\nneeded\n"


def test_a_program_that_does_not_stop_is_killed_after_the_grace(run, make, tmp_path, said):
    run(make(IGNORES), done=(tmp_path / "program.ready").exists, grace=0.3)

    assert "program does not stop; killing it" in said
    assert said[-1] == "stopped"


def test_a_second_signal_kills_at_once(run, make, tmp_path, said):
    def ready():
        if (tmp_path / "program.ready").exists():
            signal.raise_signal(signal.SIGINT)
            return True
        return False

    run(make(IGNORES), done=ready, grace=3600)

    assert "program does not stop; killing it" in said


def test_a_program_that_dies_is_started_again(run, make, tmp_path, said):
    log = tmp_path / "log"

    run(make(COUNTS_AND_DIES), done=lambda: log.exists() and log.read_text() == "ran\nran\n")

    assert "program ended with status 9; trying again in 1 s" in said


def test_a_program_that_cannot_be_started_does_not_stop_the_others(run, make, tmp_path, said):
    run(Program("missing", ("/no/such/program",)), make(OBEYS), done=(tmp_path / "program.ready").exists)

    assert "missing cannot be started (No such file or directory); trying again in 1 s" in said
    assert (tmp_path / "log").exists()


def test_a_frozen_program_is_killed_and_replaced(run, make, tmp_path, said):
    watchdog, ready = QuietWatchdog(), tmp_path / "program.ready"

    def replaced():
        if count(said, "program started") == 1 and ready.exists():
            ready.unlink()
            watchdog.frozen = True
        return count(said, "program started") == 2 and ready.exists()

    run(make(IGNORES, watched=True), done=replaced, watchdog=watchdog, grace=0.3)

    assert "program does no work any more; killing and restarting it" in said
    assert watchdog.expected == 2


def test_only_a_watched_program_is_watched(run, make, tmp_path):
    watchdog = QuietWatchdog()
    watchdog.frozen = True

    run(make(OBEYS), done=(tmp_path / "program.ready").exists, watchdog=watchdog)

    assert watchdog.frozen
    assert watchdog.expected == 0


def test_an_error_in_a_round_still_stops_everything(make, tmp_path, said):
    def fail():
        if (tmp_path / "program.ready").exists():
            raise ZeroDivisionError

    supervisor = Supervisor([make(OBEYS)], watchdog=QuietWatchdog(), say=said.append)

    with pytest.raises(ZeroDivisionError):
        supervisor.run(each_round=fail)

    assert (tmp_path / "log").exists()
    assert said[-1] == "stopped"
