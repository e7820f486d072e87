"""When a ClientIntegration runs next, for people to check a schedule by."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from integrations.models import ClientIntegration
from integrations.schedules import next_runs

COUNT = 5


def in_words(moments: Iterable[datetime]) -> Iterator[tuple[datetime, str]]:
    """Each as it stands, in its own zone; with its day where that is another than the one before."""
    day = None
    for moment in moments:
        yield moment, f"{moment:%H:%M}" if moment.date() == day else f"{moment:%a %d %b %H:%M}"
        day = moment.date()


def next_five(activation: ClientIntegration, *, now: datetime) -> list[datetime]:
    """By the schedule in effect, in the client's time zone, whether it is switched on or not.

    Raises InvalidScheduleError.
    """
    zone = activation.client.time_zone
    moments = next_runs(activation.effective_schedule.cron, zone, after=now, count=COUNT)
    return [moment.astimezone(ZoneInfo(zone)) for moment in moments]
