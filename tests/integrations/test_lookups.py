import pytest
from django.apps import apps
from django.db.migrations.state import ProjectState

from integrations import lookups
from integrations.models import ConsentType, Direction, Schedule

pytestmark = pytest.mark.django_db


def test_the_vocabularies_are_there_after_migrating():
    assert set(Direction.objects.values_list("id", "name")) == set(Direction.Id.choices)
    assert set(ConsentType.objects.values_list("id", "name")) == set(ConsentType.Id.choices)


def test_every_hub_starts_with_a_schedule_that_clients_may_choose():
    schedule = Schedule.objects.get(owner=None)
    schedule.full_clean()
    assert (schedule.name, schedule.cron, schedule.shareable) == ("Every 5 minutes", "*/5 * * * *", True)


def test_filling_again_adds_nothing_and_repairs_names():
    Direction.objects.filter(id="Inbound").update(name="In")
    lookups.fill(apps)
    assert Direction.objects.get(id="Inbound").name == "Inbound"
    assert Direction.objects.count() == 2
    assert Schedule.objects.count() == 1


def test_a_schedule_that_staff_replaced_does_not_come_back():
    Schedule.objects.update(name="Every minute", cron="* * * * *")
    lookups.fill(apps)
    assert Schedule.objects.get().name == "Every minute"


def test_a_state_without_the_tables_is_left_alone():
    lookups.fill(ProjectState().apps)
    assert Schedule.objects.count() == 1
