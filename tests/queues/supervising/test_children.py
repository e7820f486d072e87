import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from queues.supervising.children import Child, Program

# Holds a lock for as long as it lives, and says when it has it.
HOLD = """
import fcntl, pathlib, time
lock = open({lock!r}, "w")
fcntl.flock(lock, fcntl.LOCK_EX)
pathlib.Path({lock!r} + ".held").touch()
time.sleep(300)
"""
SPAWN = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {script!r}])
time.sleep(300)
"""
BEAR = """
import os, signal, time
import integrationhub
from queues.supervising.children import Child, Program
Child(Program("held", {command!r}))
time.sleep(300)
"""


def run(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


def wait_for_path(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def wait_until_free(lock: Path) -> None:
    """Whoever held the lock is gone, even if nobody reaped it."""
    deadline = time.monotonic() + 30
    with lock.open("w") as file:
        while True:
            try:
                return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                assert time.monotonic() < deadline, "the holder of the lock lives on"
                time.sleep(0.02)


def wait_for_end(child: Child) -> None:
    deadline = time.monotonic() + 30
    while not child.has_ended():
        assert time.monotonic() < deadline, "the child lives on"
        time.sleep(0.02)


def test_a_child_is_the_leader_of_a_session_of_its_own():
    child = Child(Program("sleeper", ("sleep", "300")))

    assert os.getsid(child.pid) == child.pid

    child.bury()


def test_an_end_is_noticed_and_its_status_kept_until_burial():
    child = Child(Program("short", run("raise SystemExit(7)")))

    wait_for_end(child)

    assert child.has_ended()
    assert child.bury() == 7
    assert child.has_ended()


def test_asking_stops_a_child_that_listens():
    child = Child(Program("sleeper", ("sleep", "300")))

    child.ask_to_stop()
    wait_for_end(child)

    assert child.bury() == -signal.SIGTERM


def test_asking_a_child_that_has_ended_is_harmless():
    child = Child(Program("short", ("true",)))
    wait_for_end(child)

    child.ask_to_stop()

    assert child.bury() == 0


def test_burial_kills_what_the_child_started_too(tmp_path):
    lock = tmp_path / "lock"
    child = Child(Program("parent", run(SPAWN.format(script=HOLD.format(lock=str(lock))))))
    wait_for_path(tmp_path / "lock.held")

    child.bury()

    wait_until_free(lock)


def test_burial_finds_those_whose_leader_has_died(tmp_path):
    lock = tmp_path / "lock"
    child = Child(Program("parent", run(SPAWN.format(script=HOLD.format(lock=str(lock))))))
    wait_for_path(tmp_path / "lock.held")
    os.kill(child.pid, signal.SIGKILL)
    wait_for_end(child)

    assert child.bury() == -signal.SIGKILL

    wait_until_free(lock)


def test_a_child_follows_a_supervisor_that_was_killed(tmp_path, settings):
    lock = tmp_path / "lock"
    script = BEAR.format(command=run(HOLD.format(lock=str(lock))))
    parent = subprocess.Popen(
        run(script),
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "integrationhub.settings"},
    )
    wait_for_path(tmp_path / "lock.held")

    parent.kill()
    parent.wait()

    wait_until_free(lock)


def test_the_environment_of_a_program_is_added_to_the_own_one(monkeypatch):
    monkeypatch.setenv("FROM_OUTSIDE", "1")
    script = "import os; raise SystemExit(int(os.environ['FROM_OUTSIDE'] + os.environ['FROM_PROGRAM']))"
    child = Child(Program("teller", run(script), {"FROM_PROGRAM": "2"}))

    wait_for_end(child)

    assert child.bury() == 12
