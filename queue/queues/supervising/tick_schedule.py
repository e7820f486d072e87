"""The one alarm clock of the hub: the django-q Schedule that starts a tick every minute.

There must be exactly one row, this one: a second would tick twice, and any malformed one stops them all.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django_q.models import Schedule

NAME = "hub-tick"
_WANTED: dict[str, Any] = {
    "name": NAME,
    "func": "queues.tasks.tick",
    "hook": None,
    "args": None,
    "kwargs": None,
    "schedule_type": Schedule.MINUTES,
    "minutes": 1,
    "repeats": -1,
    "cron": None,
    "cluster": None,
    "intended_date_kwarg": None,
}
_FURTHEST = timedelta(minutes=2)


def find_faults(now: datetime) -> list[str]:
    """What is wrong with the alarm clock, in words; nothing when it is as it must be."""
    schedules = list(Schedule.objects.order_by("pk"))
    kept = _choose(schedules)
    if kept is None:
        return [f"the schedule {NAME} is missing", *_describe_others(schedules, kept)]
    return [*_describe_changes(kept, now), *_describe_others(schedules, kept)]


def install(now: datetime) -> list[str]:
    """Make the alarm clock what it must be. Returns the faults that were mended."""
    if not (faults := find_faults(now)):
        return []
    with transaction.atomic():
        kept = _choose(list(Schedule.objects.select_for_update().order_by("pk")))
        Schedule.objects.exclude(pk=kept and kept.pk).delete()
        if kept is None:
            Schedule.objects.create(**_WANTED, next_run=now)
        else:
            Schedule.objects.filter(pk=kept.pk).update(**_WANTED, next_run=now)
    return faults


def _choose(schedules: list[Schedule]) -> Schedule | None:
    """The oldest of the right name, so that several machines agree on it."""
    return next((schedule for schedule in schedules if schedule.name == NAME), None)


def _describe_changes(schedule: Schedule, now: datetime) -> list[str]:
    faults = [
        f"{NAME}: {field} is {getattr(schedule, field)!r} instead of {wanted!r}"
        for field, wanted in _WANTED.items()
        if getattr(schedule, field) != wanted
    ]
    if schedule.next_run is None or schedule.next_run > now + _FURTHEST:
        faults.append(f"{NAME}: next run is {schedule.next_run}")
    return faults


def _describe_others(schedules: list[Schedule], kept: Schedule | None) -> list[str]:
    return [
        f"schedule {schedule.pk} ({schedule.name}, {schedule.func}) does not belong here"
        for schedule in schedules
        if schedule is not kept
    ]
