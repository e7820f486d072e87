"""SIGTERM to a worker in the middle of a task: it comes from service managers that tell every process."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def putting_off_sigterm() -> Iterator[Callable[[], bool]]:
    """Within, SIGTERM is only noted, and the function answers whether it came; at the end it takes effect."""
    came = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = True

    previous = signal.signal(signal.SIGTERM, note)
    try:
        yield lambda: came
    finally:
        signal.signal(signal.SIGTERM, previous)
        if came:
            os.kill(os.getpid(), signal.SIGTERM)
