"""Slots: at most so many drains run at once on a machine. A killed drain frees its slot by dying."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def are_taken(directory: Path) -> bool:
    """Whether somebody works in one of the slots just now."""
    return any(_is_taken(path) for path in directory.glob("*.lock"))


def _is_taken(path: Path) -> bool:
    with path.open("r") as file:
        try:
            # Shared: two who look at the same time do not take each other for a worker.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def free_slot(directory: Path, count: int) -> Iterator[int | None]:
    """The number of a slot that is ours while the block runs, or None when all are taken."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        with (directory / f"drain-{number}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield number
            return
    yield None
