"""Moments as .NET writes them: up to seven decimals of a second, then `Z`, an offset, or nothing."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

TICKS_PER_SECOND = 10_000_000
FURTHEST_OFFSET = timedelta(hours=14)

_SPELLING = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_BEGINNING = datetime(1, 1, 1)  # noqa: DTZ001  (the clock on the wall, wherever it hangs)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A moment that is given back as it was sent, trailing zeros aside.

    `ticks` counts 100 ns from 0001-01-01 in UTC; one without an offset is taken for UTC. `offset` is as sent:
    "", "Z" or "-06:00".
    """

    ticks: int
    offset: str = "Z"

    def __str__(self) -> str:
        seconds, fraction = divmod(self.ticks + _ticks(_shift(self.offset)), TICKS_PER_SECOND)
        local = _BEGINNING + timedelta(seconds=seconds)
        decimals = f".{fraction:07}".rstrip("0") if fraction else ""
        return f"{local:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + decimals + self.offset


def parse(text: str) -> Timestamp:
    """Raises ValueError for what is no moment."""
    match = _SPELLING.fullmatch(text.strip())
    if match is None:
        raise ValueError("write a moment as 2025-12-10T08:22:52.8100855-06:00")
    *parts, fraction, offset = match.groups()
    offset = (offset or "").upper()
    local = datetime(*(int(part or 0) for part in parts))  # type: ignore[arg-type]  # noqa: DTZ001
    shift = _shift(offset)
    if abs(shift) > FURTHEST_OFFSET:
        raise ValueError("an offset is at most 14 hours")
    return Timestamp(_ticks(local - _BEGINNING - shift) + int((fraction or "").ljust(7, "0")), offset)


def of(moment: datetime) -> Timestamp:
    """An aware moment of the hub's own, in UTC."""
    return Timestamp(_ticks(moment.astimezone(UTC).replace(tzinfo=None) - _BEGINNING))


def _ticks(span: timedelta) -> int:
    return span // timedelta(microseconds=1) * 10


def _shift(offset: str) -> timedelta:
    if offset in ("", "Z"):
        return timedelta()
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    return timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
