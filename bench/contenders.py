"""What is measured side by side, each behind one small interface."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils import timezone

from bench import gated, multiplying, world
from bench.place import Place
from bench.summaries import Sample
from integrations.models import ClientIntegration


class Contender(Protocol):
    name: str

    def missing(self) -> str:
        """What has to be installed first; nothing when it can run."""

    def measure(self, place: Place, *, items: int, processes: int) -> Sample:
        """Queues the items, works them all off in so many processes and stops them."""


@dataclass
class Hub:
    """The whole engine with all its bookkeeping. Whatever its export does is done to every record.

    `finished` items of the past lie in the ledger and its logs.
    """

    name: str
    activations: Sequence[ClientIntegration]
    finished: int = 0

    def missing(self) -> str:
        return ""

    def measure(self, place: Place, *, items: int, processes: int) -> Sample:
        queued = world.fill_queue(self.activations, now=timezone.now())
        if self.finished:
            multiplying.add_finished(self.activations[0], self.finished, now=timezone.now())
            multiplying.vacuum()
        workers = [place.python("-m", "bench.drain_worker") for _ in range(processes)]
        return gated.measure(place, workers, items=queued)


@dataclass
class Bare:
    """Claim and completion of the hub's own rows in raw SQL: what the table itself allows."""

    activations: Sequence[ClientIntegration]
    name: str = "bare claim and complete, raw SQL"

    def missing(self) -> str:
        return ""

    def measure(self, place: Place, *, items: int, processes: int) -> Sample:
        queued = world.fill_queue(self.activations, now=timezone.now())
        workers = [place.python("-m", "bench.bare") for _ in range(processes)]
        return gated.measure(place, workers, items=queued)
