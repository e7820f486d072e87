"""CPU time and memory of processes and all they started, from Linux's /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")


def seconds_used(pids: Iterable[int]) -> float:
    """Seconds of CPU that these processes, their children and their dead and reaped children have used."""
    return sum(_ticks(pid) for root in set(pids) for pid in tree(root)) / _TICKS


def tree(pid: int) -> list[int]:
    """The process and its living descendants."""
    return [pid, *(below for child in _children(pid) for below in tree(child))]


def megabytes_held(pid: int) -> float:
    """Resident memory of the largest of the process and its living descendants."""
    return max(_pages(each) for each in tree(pid)) * _PAGE / 2**20


def parent(pid: int) -> int:
    return int(_fields(pid)[1])


def program(pid: int) -> str:
    """The name of the program, or nothing when there is no such process on this machine."""
    try:
        return (_PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in (_PROC / f"{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _ticks(pid: int) -> int:
    try:
        return sum(int(field) for field in _fields(pid)[11:15])
    except OSError:
        return 0


def _pages(pid: int) -> int:
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return 0


def _fields(pid: int) -> list[str]:
    """From the state on: the name before it may hold blanks."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
