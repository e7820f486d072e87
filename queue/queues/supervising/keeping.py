"""Keeping one program running: it is started again whenever it ends, after a pause that grows."""

import signal
from collections.abc import Callable
from dataclasses import replace

from queues.supervising.children import Child, Program
from queues.supervising.restarts import RestartDelay
from queues.supervising.stop_file import StopFile

# For what still works in a program whose leader is gone: what it ends by itself, nobody has to do again.
LAST_WORK_SECONDS = 5.0
# A leader that has not ended by then, with no work under way, waits for somebody who has died.
IDLE_STOP_SECONDS = 8.0


class Keeper:
    """`now` is in seconds of one monotonic clock throughout."""

    def __init__(self, program: Program, say: Callable[[str], None]) -> None:
        self._stop_file = StopFile()
        self.program = replace(program, environment={**program.environment, **self._stop_file.environment})
        self.child: Child | None = None
        self._say = say
        self._delay = RestartDelay()
        self._start_at = self._started_on = 0.0
        self._kill_at: float | None = None
        self._is_condemned = False

    def look_after(self, now: float) -> bool:
        """Whether the program was started just now."""
        if self.child is None:
            return now >= self._start_at and self._start(now)
        if (self._is_condemned or self.child.has_ended()) and self._has_wound_down(now):
            end = describe_end(self.bury())
            if not self._is_condemned:
                self._put_off(now, reason=f"{self.program.name} {end}")
        return False

    def condemn(self) -> None:
        """Its whole session is killed, and the program started again at once."""
        self._is_condemned = True
        self._start_at = 0.0

    def is_running(self) -> bool:
        return self.child is not None and not self.child.has_ended()

    def is_trusted(self) -> bool:
        return self.is_running() and not self._is_condemned

    def ask_to_stop(self) -> None:
        self._stop_file.put_down()
        if self.child is not None:
            self.child.ask_to_stop()

    def deserves_patience(self, waited: float) -> bool:
        """Whether it is still ending, so many seconds after it was asked to stop."""
        busy = self.program.is_busy
        return self.is_running() and (busy is None or waited < IDLE_STOP_SECONDS or busy())

    def bury(self) -> int:
        """Nothing of the program is left afterwards. How it ended; 0 when it was not running."""
        child, self.child = self.child, None
        return child.bury() if child is not None else 0

    def leave(self) -> None:
        self._stop_file.remove()

    def _start(self, now: float) -> bool:
        self._stop_file.take_up()
        self._kill_at, self._is_condemned = None, False
        try:
            self.child = Child(self.program)
        except OSError as error:
            self._put_off(now, reason=f"{self.program.name} cannot be started ({error.strerror})")
            return False
        self._started_on = now
        self._say(f"{self.program.name} started, process {self.child.pid}")
        return True

    def _has_wound_down(self, now: float) -> bool:
        """Whether nothing works in it any more, or its moment for that is over."""
        if self._kill_at is None:
            self._stop_file.put_down()
            self._kill_at = now + LAST_WORK_SECONDS
        return now >= self._kill_at or self.program.is_busy is None or not self.program.is_busy()

    def _put_off(self, now: float, *, reason: str) -> None:
        delay = self._delay.after(now - self._started_on)
        self._start_at = now + delay
        self._say(f"{reason}; trying again in {delay:.0f} s")


def describe_end(code: int) -> str:
    """In words, for an exit status or minus the number of a signal."""
    if code >= 0:
        return f"ended with status {code}"
    return f"was ended by {signal.Signals(-code).name}"
