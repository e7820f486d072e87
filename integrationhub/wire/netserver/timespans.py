"""Spans of time: written as `hh:mm:ss`, for all clients; read as .NET and ISO 8601 spell them, too."""

import re
from datetime import timedelta

_CLOCK = re.compile(r"(?:(\d{1,5})\.)?(\d{1,5}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?", re.ASCII)
_ISO = re.compile(
    r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})(?:\.(\d{1,7}))?S)?)?", re.ASCII
)


def write(span: timedelta) -> str:
    """A day is `24:00:00`: clients cannot read `1.00:00:00`, nor fractions."""
    seconds = int(span.total_seconds())
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def read(text: str) -> timedelta:
    """Raises ValueError."""
    text = text.strip()
    match = _CLOCK.fullmatch(text) or _ISO.fullmatch(text.upper())
    if match is None or not any(match.groups()):
        raise ValueError("write a span of time as 00:05:00 or PT5M")
    days, hours, minutes, seconds, fraction = (int(group or 0) for group in match.groups())
    if ":" in text and (minutes > 59 or seconds > 59):
        raise ValueError("minutes and seconds go up to 59")
    digits = match.groups()[4] or ""
    microseconds = fraction * 10 ** (6 - len(digits)) if digits else 0
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=int(microseconds))
