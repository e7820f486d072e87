"""When a ClientIntegration runs next, for people to check a schedule by."""

from datetime import datetime
from zoneinfo import ZoneInfo

from integrations.models import ClientIntegration
from integrations.schedules import next_runs

COUNT = 5


def next_five(activation: ClientIntegration, *, now: datetime) -> list[datetime]:
    """By the schedule in effect, in the client's time zone, whether it is switched on or not.

    Raises InvalidScheduleError.
    """
    zone = activation.client.time_zone
    moments = next_runs(activation.effective_schedule.cron, zone, after=now, count=COUNT)
    return [moment.astimezone(ZoneInfo(zone)) for moment in moments]
