"""Works off the queue in the foreground, without the cluster."""

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.db import Error as DatabaseError
from django.db import connection

from integrations.management.migrated import require_migrations
from queues import hints
from queues.draining import drain
from queues.halting import or_halted

TURN_SECONDS = 45.0
PAUSE_SECONDS = 0.5
AWAY_SECONDS = 5.0

WELCOME = "Working off what becomes due, until Ctrl-C or SIGTERM"


class Command(BaseCommand):
    help = (
        "Work off what is due now; with --loop, go on until SIGTERM or Ctrl-C. What is under way is finished."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="stay, and work off what becomes due")

    def handle(self, *args: Any, loop: bool, **options: Any) -> None:
        self._stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        require_migrations()
        finished = self._loop() if loop else self._drain_all()
        self.stdout.write(f"{finished} items finished")

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _drain_all(self) -> int:
        """Until nothing is due any more."""
        total = 0
        while not self._stopping.is_set() and (finished := self._drain()):
            total += finished
        return total

    def _loop(self) -> int:
        self.stdout.write(WELCOME)
        self.stdout.flush()
        total, away = 0, False
        while not self._stopping.is_set():
            try:
                hints.listen()
                total += self._drain()
                away = False
                hints.wait(PAUSE_SECONDS)
            except DatabaseError as error:
                self._note_away(error, known=away)
                away = True
                self._stopping.wait(AWAY_SECONDS)
        return total

    def _drain(self) -> int:
        return drain(seconds=TURN_SECONDS, stop=or_halted(self._stopping.is_set), wait=False)

    def _note_away(self, error: DatabaseError, *, known: bool) -> None:
        connection.close()
        if not known:
            reason = str(error).strip().partition("\n")[0]
            self.stderr.write(f"the database is away, waiting for it: {reason}")
