"""How long to wait before a program that ended is started again."""

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 30.0
STEADY_SECONDS = 60.0


class RestartDelay:
    """Doubles each time, and starts anew for a program that had run steadily."""

    def __init__(self) -> None:
        self._next = FIRST_SECONDS

    def after(self, lived: float) -> float:
        """Seconds to wait, now that the program has ended after so many seconds."""
        if lived >= STEADY_SECONDS:
            self._next = FIRST_SECONDS
        delay, self._next = self._next, min(2 * self._next, LONGEST_SECONDS)
        return delay
