"""How long ago something was, in one unit."""

from datetime import datetime


def brief(moment: datetime, now: datetime) -> str:
    seconds = round(abs((now - moment).total_seconds()))
    units = ((86_400, "d"), (3600, "h"), (60, "min"))
    length, unit = next(((length, unit) for length, unit in units if seconds >= 2 * length), (1, "s"))
    return f"{seconds // length} {unit}" if moment <= now else f"in {seconds // length} {unit}"


def ago(moment: datetime, now: datetime) -> str:
    """Of what has happened: where its clock was a little fast, it has happened now."""
    return f"{brief(min(moment, now), now)} ago"
