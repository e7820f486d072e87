from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import Schedule

from queues.supervising import tick_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_the_alarm_clock_is_installed_once(now):
    assert tick_schedule.install(now) == ["the schedule hub-tick is missing"]
    assert tick_schedule.install(now) == []

    schedule = Schedule.objects.get()
    assert (schedule.func, schedule.schedule_type, schedule.minutes) == ("queues.tasks.tick", "I", 1)
    assert schedule.next_run == now


def test_an_intact_alarm_clock_is_left_alone(now):
    tick_schedule.install(now)

    tick_schedule.install(now + timedelta(minutes=5))

    assert Schedule.objects.get().next_run == now


def test_a_duplicate_goes_and_the_oldest_stays(now):
    tick_schedule.install(now)
    first = Schedule.objects.get()
    Schedule.objects.create(name="hub-tick", func="queues.tasks.tick", schedule_type="I", minutes=1)

    assert len(tick_schedule.install(now)) == 1
    assert Schedule.objects.get() == first


def test_a_row_that_would_stop_every_schedule_goes(now):
    tick_schedule.install(now)
    poison = Schedule.objects.create(name="poison", func="os.system", args="('unclosed")

    assert tick_schedule.install(now) == [f"schedule {poison.pk} (poison, os.system) does not belong here"]
    assert Schedule.objects.get().name == "hub-tick"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("func", "os.system"),
        ("args", "'rm'"),
        ("minutes", 60),
        ("schedule_type", "D"),
        ("repeats", 0),
        ("cluster", "elsewhere"),
        ("hook", "os.system"),
    ],
)
def test_a_changed_alarm_clock_is_mended(now, field, value):
    tick_schedule.install(now)
    Schedule.objects.update(**{field: value})

    (fault,) = tick_schedule.install(now)

    assert fault.startswith(f"hub-tick: {field} is {value!r} instead of")
    assert tick_schedule.find_faults(now) == []


@pytest.mark.parametrize("next_run", [None, timezone.now() + timedelta(days=365)])
def test_an_alarm_clock_that_would_never_ring_is_mended(now, next_run):
    tick_schedule.install(now)
    Schedule.objects.update(next_run=next_run)

    assert len(tick_schedule.install(now)) == 1
    assert Schedule.objects.get().next_run == now
