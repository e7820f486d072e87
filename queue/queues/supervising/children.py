"""A program under supervision, in a session of its own: nothing that is meant for the terminal reaches it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.conf import settings

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `environment` is added to the supervisor's own.

    `watched`: the watchdog decides whether it works. `last`: stopped after the others, which still need it.
    `is_busy`: whether work is under way in it, which may go on when its leader is gone. None: nobody knows.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    watched: bool = False
    last: bool = False
    is_busy: Callable[[], bool] | None = None


class Child:
    """A running program and all that it started in its session."""

    def __init__(self, program: Program) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (the supervisor's own fixed commands)
            program.command,
            env={**os.environ, **program.environment},
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_make_child_follow(os.getpid()),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def has_ended(self) -> bool:
        """Leaves an ended process unburied, so that its number stays taken until `bury`."""
        if self._process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def ask_to_stop(self) -> None:
        """SIGTERM to the leader alone: a cluster whose workers get it as well hangs."""
        if not self.has_ended():
            os.kill(self.pid, signal.SIGTERM)

    def bury(self) -> int:
        """Kill what is left of the session; how its leader ended: exit status, or minus the signal."""
        if self._process.returncode is None:
            os.killpg(self.pid, signal.SIGKILL)
        return self._process.wait()


def _make_child_follow(parent: int) -> Callable[[], None] | None:
    """For the new process: ask it to stop when its parent dies. Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def follow() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return follow
