"""The action `bench.noop`: an item that costs nothing but the engine's own work."""

from collections.abc import Mapping
from datetime import datetime

from integrationhub.wire.transport import Failure, Response
from queues import handlers
from queues.handlers import Prepared, Work
from queues.outcomes import Done, Outcome

NAME = "bench.noop"
_DONE = Done()


class Noop:
    def check(self, configuration: Mapping[str, object]) -> None:
        """Any configuration will do."""

    def prepare(self, work: Work) -> Prepared:
        return Prepared(work.row.item_id[:40], call=_done)

    def conclude(self, work: Work, prepared: Prepared, answer: Response | Failure, now: datetime) -> Outcome:
        return _DONE


def register() -> None:
    handlers.register(NAME, Noop())


def _done() -> Outcome:
    return _DONE
