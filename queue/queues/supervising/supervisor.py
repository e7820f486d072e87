"""The supervisor: keeps its programs running until it is told to stop."""

import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from queues.supervising.children import Program
from queues.supervising.keeping import Keeper
from queues.supervising.watchdog import Watchdog

ROUND_SECONDS = 0.2
# Together with the last ones' below 25 s; drains and the web server end what they do within 20 s.
GRACE_SECONDS = 22.0
LAST_GRACE_SECONDS = 2.0
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Supervisor:
    """One signal stops the programs in order, a second one kills them at once."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        watchdog: Watchdog,
        say: Callable[[str], None],
        grace: float = GRACE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keepers = [Keeper(program, say) for program in programs]
        self._watchdog = watchdog
        self._say = say
        self._grace = grace
        self._clock = clock
        self._signals = 0

    def run(self, each_round: Callable[[], None]) -> None:
        """Start everything and return when all of it has been stopped. `each_round` must not block."""
        for number in _STOPPING:
            signal.signal(number, self._count_signal)
        try:
            while not self._signals:
                self._look_after_all(self._clock())
                each_round()
                time.sleep(ROUND_SECONDS)
        finally:
            self._stop()

    def _count_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1

    def _look_after_all(self, now: float) -> None:
        for keeper in self._keepers:
            started = keeper.look_after(now)
            if keeper.program.watched:
                self._watch(keeper, now, started=started)

    def _watch(self, keeper: Keeper, now: float, *, started: bool) -> None:
        if started:
            self._watchdog.expect(now)
        if keeper.is_trusted() and self._watchdog.is_due(now) and self._watchdog.finds_frozen(now):
            self._say(f"{keeper.program.name} does no work any more; killing and restarting it")
            keeper.condemn()

    def _stop(self) -> None:
        self._say("stopping; a second signal kills at once")
        self._stop_together([k for k in self._keepers if not k.program.last], self._grace)
        self._stop_together([k for k in self._keepers if k.program.last], LAST_GRACE_SECONDS)
        for keeper in self._keepers:
            keeper.leave()
        self._say("stopped")

    def _stop_together(self, keepers: Sequence[Keeper], grace: float) -> None:
        for keeper in keepers:
            keeper.ask_to_stop()
        asked_on = self._clock()
        while self._signals < 2 and (waited := self._clock() - asked_on) < grace:
            if not any(keeper.deserves_patience(waited) for keeper in keepers):
                break
            time.sleep(ROUND_SECONDS / 4)
        for keeper in keepers:
            if keeper.is_running():
                self._say(f"{keeper.program.name} does not stop; killing it")
            keeper.bury()
