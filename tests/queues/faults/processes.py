"""Who is who among the processes of a running hub, read from /proc: the victims of the fault tests."""

import os
import random
from collections.abc import Sequence
from pathlib import Path

ROLES = ("busy worker", "hub_drain", "idle worker", "sentinel", "cluster parent", "web")


def children(pid: int) -> list[int]:
    """In the order of their birth; nobody's, when the process is gone."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    """A zombie is dead."""
    return bool(command(pid))


def in_session(leader: int) -> list[int]:
    """Every process of a session, whoever became its parent."""
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [number for number in numbers if _session_of(number) == leader and is_alive(number)]


class Tree:
    """The processes below one `hub_run`."""

    def __init__(self, supervisor: int) -> None:
        self._supervisor = supervisor

    def find(self, role: str) -> list[int]:
        """Those that play this role just now."""
        if role == "web":
            masters = self._programs("gunicorn")
            return [*masters, *(child for master in masters for child in children(master))]
        if role == "cluster parent":
            return self._programs("qcluster")
        if role == "sentinel":
            return _children_of_all(self._programs("qcluster"))
        return [pid for pid in self.pool() if _holds_slot(pid) == (role == "busy worker")]

    def pool(self) -> list[int]:
        """The cluster's workers, its monitor and its pusher; in this order as long as none has died."""
        return _children_of_all(self.find("sentinel"))

    def everybody(self) -> list[int]:
        return [
            self._supervisor,
            *self.find("web"),
            *self.find("cluster parent"),
            *self.find("sentinel"),
            *self.pool(),
        ]

    def _programs(self, name: str) -> list[int]:
        return [pid for pid in children(self._supervisor) if name in command(pid)]


def plan_kills(count: int, *, seed: int) -> list[str]:
    """So many roles in an order fixed by the seed, each as often as the others."""
    roles = [ROLES[number % len(ROLES)] for number in range(count)]
    return random.Random(seed).sample(roles, len(roles))  # noqa: S311


def choose(found: Sequence[int], dice: random.Random) -> int:
    return found[dice.randrange(len(found))]


def _children_of_all(parents: Sequence[int]) -> list[int]:
    return [child for parent in parents for child in children(parent) if is_alive(child)]


def _holds_slot(pid: int) -> bool:
    """A drain of the cluster keeps its slot's file open as long as it works."""
    try:
        return any("/slots/drain-" in os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None
