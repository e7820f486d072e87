"""Whether the cluster works: told by what it writes into the database, never by its processes being there."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone
from django_q.tasks import async_task

from queues import pulses
from queues.clock import database_now
from queues.supervising import tick_schedule
from queues.supervising.silence import Silence

PULSE_SECONDS = 10.0


class Watchdog:
    """Seconds are those of a monotonic clock: a wall clock that is set must not look like a dead cluster."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._signs: Mapping[str, datetime] = {}
        self._silence = Silence()
        self._checked_on = 0.0
        self._greeted = False
        self._database_is_away = False

    def expect(self, now: float) -> None:
        """A cluster has just been started: patience begins anew, and it gets a tick to begin with."""
        self._checked_on = now
        self._silence.begin(now)
        self._greeted = False

    def is_due(self, now: float) -> bool:
        return not self._greeted or now >= self._checked_on + PULSE_SECONDS

    def finds_frozen(self, now: float) -> bool:
        """Send the next pulse, and say whether the cluster has been silent for too long."""
        overslept = now > self._checked_on + 2 * PULSE_SECONDS
        self._checked_on = now
        self._signs = self._exchange()
        # Silence counts only while somebody was there to listen.
        if overslept or self._database_is_away:
            self._silence.begin(now)
        self._silence.hear(self._signs, now)
        broken = self._silence.find_broken(now)
        for fault in broken:
            self._say(fault)
        return bool(broken)

    def _exchange(self) -> Mapping[str, datetime]:
        try:
            signs = self._send_pulse()
        except DatabaseError as error:
            connection.close()
            self._note_database_away(error)
            return self._signs
        self._note_database_back()
        return signs

    def _send_pulse(self) -> Mapping[str, datetime]:
        for fault in tick_schedule.install(timezone.now()):
            self._say(f"{fault}: put right")
        if not self._greeted:
            pulses.forget()
            async_task("queues.tasks.tick")
            self._greeted = True
        pulses.send(database_now())
        return pulses.signs_of_life()

    def _note_database_away(self, error: DatabaseError) -> None:
        if not self._database_is_away:
            reason = str(error).strip().partition("\n")[0]
            self._say(f"the database is away, waiting for it: {reason}")
        self._database_is_away = True

    def _note_database_back(self) -> None:
        if self._database_is_away:
            self._say("the database is back")
        self._database_is_away = False
