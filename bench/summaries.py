"""Figures of several rounds in one: medians, ratios, percentiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    """One measured stretch of work. CPU in seconds; `server_cpu` None where the server is out of sight."""

    items: int
    seconds: float
    client_cpu: float
    server_cpu: float | None

    @property
    def rate(self) -> float:
        return self.items / self.seconds


@dataclass(frozen=True, slots=True)
class Summary:
    """Medians over rounds: items a second, and CPU microseconds an item."""

    rounds: int
    items: int
    rate: float
    slowest: float
    fastest: float
    client_us: float
    server_us: float | None


def summarise(samples: Sequence[Sample]) -> Summary:
    """Raises ValueError when there are none."""
    if not samples:
        raise ValueError("nothing was measured")
    rates = [sample.rate for sample in samples]
    server = [1e6 * s.server_cpu / s.items for s in samples if s.server_cpu is not None]
    return Summary(
        rounds=len(samples),
        items=samples[0].items,
        rate=median(rates),
        slowest=min(rates),
        fastest=max(rates),
        client_us=median(1e6 * sample.client_cpu / sample.items for sample in samples),
        server_us=median(server) if server else None,
    )


def paired_ratio(ours: Sequence[Sample], theirs: Sequence[Sample]) -> float:
    """The median of the ratios round by round: what slows a whole round down slows both."""
    return median(one.rate / other.rate for one, other in zip(ours, theirs, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("nothing was measured")
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]
