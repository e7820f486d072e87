"""Edm.Duration: `P1DT2H3M4.5S`, as the days, hours, minutes and seconds of a timedelta."""

import re
from datetime import timedelta

_DURATION = re.compile(
    r"(?P<sign>[+-])?P(?:(?P<days>\d{1,10})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,10})H)?(?:(?P<minutes>\d{1,10})M)?"
    r"(?:(?P<seconds>\d{1,10})(?:\.(?P<fraction>\d{1,12}))?S)?)?",
    re.ASCII,
)
_PARTS = ("days", "hours", "minutes", "seconds")


def parse(text: str) -> timedelta:
    """Raises ValueError for what is no duration, or one too long to be kept. Beyond microseconds is cut."""
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith("P"):
        raise ValueError("is no duration")
    parts = {name: int(found[name]) for name in _PARTS if found[name]}
    microseconds = int((found["fraction"] or "").ljust(6, "0")[:6])
    try:
        length = timedelta(**parts, microseconds=microseconds)
        return -length if found["sign"] == "-" else length
    except OverflowError:
        raise ValueError("is too long a duration") from None


def spell(length: timedelta) -> str:
    sign, length = ("-", -length) if length < timedelta() else ("", length)
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{length.microseconds:06}".rstrip("0") if length.microseconds else ""
    days = f"{length.days}D" if length.days else ""
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number)
    rest = f"{seconds}{fraction}S" if seconds or fraction or not (clock or days) else ""
    return f"{sign}P{days}" + (f"T{clock}{rest}" if clock or rest else "")
