"""When the next run is: cron in a client's time zone, with Debian's rules on the days the clock changes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError


class InvalidScheduleError(ValueError):
    """A cron expression that names no moment."""


def check(cron: str) -> None:
    """Raises InvalidScheduleError unless the expression has five fields and a next moment."""
    next_run(cron, "UTC", after=datetime.now(UTC))


def next_runs(cron: str, time_zone: str, *, after: datetime, count: int) -> list[datetime]:
    """The next `count` moments strictly after `after`, in UTC. Raises InvalidScheduleError."""
    try:
        moments: Iterator[datetime] = CronSim(cron, after.astimezone(ZoneInfo(time_zone)))
        return [moment.astimezone(UTC) for moment in islice(moments, count)]
    except (CronSimError, KeyError, ValueError, OverflowError) as error:
        raise InvalidScheduleError(f"{cron!r} is not a schedule: {error}") from None


def next_run(cron: str, time_zone: str, *, after: datetime) -> datetime:
    """The next moment strictly after `after`. Raises InvalidScheduleError, also when there is none."""
    runs = next_runs(cron, time_zone, after=after, count=1)
    if not runs:
        raise InvalidScheduleError(f"{cron!r} names no moment that ever comes.")
    return runs[0]
