"""Keeping one program running: it is started again whenever it ends, after a pause that grows."""

import signal
from collections.abc import Callable

from queues.supervising.children import Child, Program
from queues.supervising.restarts import RestartDelay


class Keeper:
    """`now` is in seconds of one monotonic clock throughout."""

    def __init__(self, program: Program, say: Callable[[str], None]) -> None:
        self.program = program
        self.child: Child | None = None
        self._say = say
        self._delay = RestartDelay()
        self._start_at = self._started_on = 0.0

    def look_after(self, now: float) -> bool:
        """Whether the program was started just now."""
        if self.child is None:
            return now >= self._start_at and self._start(now)
        if self.child.has_ended():
            end = describe_end(self.bury())
            self._put_off(now, reason=f"{self.program.name} {end}")
        return False

    def replace(self, now: float) -> bool:
        """Kill the whole session and start the program again at once."""
        self.bury()
        return self._start(now)

    def is_running(self) -> bool:
        return self.child is not None and not self.child.has_ended()

    def ask_to_stop(self) -> None:
        if self.child is not None:
            self.child.ask_to_stop()

    def bury(self) -> int:
        """Nothing of the program is left afterwards. How it ended; 0 when it was not running."""
        child, self.child = self.child, None
        return child.bury() if child is not None else 0

    def _start(self, now: float) -> bool:
        try:
            self.child = Child(self.program)
        except OSError as error:
            self._put_off(now, reason=f"{self.program.name} cannot be started ({error.strerror})")
            return False
        self._started_on = now
        self._say(f"{self.program.name} started, process {self.child.pid}")
        return True

    def _put_off(self, now: float, *, reason: str) -> None:
        delay = self._delay.after(now - self._started_on)
        self._start_at = now + delay
        self._say(f"{reason}; trying again in {delay:.0f} s")


def describe_end(code: int) -> str:
    """In words, for an exit status or minus the number of a signal."""
    if code >= 0:
        return f"ended with status {code}"
    return f"was ended by {signal.Signals(-code).name}"
