"""The hub's own stop, as drains see it."""

import time
from collections.abc import Callable

from integrations import engine_switch

ASKED_EVERY = 1.0


def or_halted(stop: Callable[[], bool], *, clock: Callable[[], float] = time.monotonic) -> Callable[[], bool]:
    """`stop`, which is also true while the hub's engine is stopped: that is looked up once a second."""
    due, halted = 0.0, False

    def ask() -> bool:
        nonlocal due, halted
        if clock() >= due:
            due, halted = clock() + ASKED_EVERY, not engine_switch.hub_is_running()
        return halted or stop()

    return ask
