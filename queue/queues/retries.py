"""When to try again: a pure policy."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from integrations.errors import Refused

DEFAULT_STEPS: tuple[float, ...] = (5, 300, 1800, 7200, 18_000, 36_000)
JITTER = 0.2
LONGEST = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Back-off steps in seconds, the last one repeated, and the attempts after which it is over."""

    max_attempts: int
    steps: Sequence[float] = DEFAULT_STEPS

    def delay(
        self, attempt: int, *, wish: float | None = None, chance: Callable[[], float] = random.random
    ) -> float | None:
        """Seconds to wait after the `attempt`-th failure (1 is the first); None: give up.

        `wish` is the other side's Retry-After. It is honoured between one and two of our own delays, so that
        a receiver can neither hurry us nor park us for a year.
        """
        if attempt >= self.max_attempts:
            return None
        own = self.steps[min(attempt, len(self.steps)) - 1]
        own *= 1 + JITTER * (2 * chance() - 1)
        return own if wish is None else min(max(wish, own), 2 * own)


def check_steps(steps: object) -> None:
    """Raises Refused unless `steps` is a list of 1 to 20 numbers of seconds between 0 and a week."""
    if not isinstance(steps, list) or not 1 <= len(steps) <= 20:
        raise Refused("Give a list of 1 to 20 numbers of seconds.", field="backoff")
    for step in steps:
        if isinstance(step, bool) or not isinstance(step, int | float) or not 0 <= step <= LONGEST:
            raise Refused(f"{step!r} is not a number of seconds between 0 and a week.", field="backoff")
