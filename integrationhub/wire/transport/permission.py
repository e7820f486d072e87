"""A hook for those who know when nothing may go out."""

from collections.abc import Callable

before_dial: Callable[[], None] | None = None
"""Called before anything is sent; raises where waiting for a receiver is wrong, as inside a transaction."""


def ask_permission() -> None:
    if before_dial is not None:
        before_dial()
