"""How long the cluster, and each part of it that may die alone, has not been heard of."""

from collections.abc import Mapping
from datetime import datetime

ANYTHING = "sign of life"
# Workers may go on answering pulses while nobody writes down what they did, so that it is all done again, or
# nobody rings the alarm clock any more. No task lasts longer than two minutes.
PATIENCE = {ANYTHING: 30.0, "result": 180.0, "tick": 300.0}


class Silence:
    """Pure. Seconds are those of one monotonic clock."""

    def __init__(self) -> None:
        self._signs: Mapping[str, datetime] = {}
        self._heard_on: dict[str, float] = {}

    def begin(self, now: float) -> None:
        """Whatever was silent until now is forgiven."""
        self._heard_on = dict.fromkeys(PATIENCE, now)

    def hear(self, signs: Mapping[str, datetime], now: float) -> None:
        """`signs`: when each part was last seen, by clocks that may be set; any change is a sign of life."""
        for name, seen_on in signs.items():
            if self._signs.get(name) != seen_on:
                self._heard_on[name] = self._heard_on[ANYTHING] = now
        self._signs = signs

    def find_broken(self, now: float) -> list[str]:
        """In words, what has been silent for too long."""
        return [
            f"no {name} for {now - self._heard_on[name]:.0f} s"
            for name, patience in PATIENCE.items()
            if now >= self._heard_on[name] + patience
        ]
