import pytest
from django.db.migrations.state import ProjectState

from queues import lookups
from queues.models import IntegrationQueueState
from queues.states import State

pytestmark = pytest.mark.django_db


def test_the_states_are_there_after_migrating():
    assert set(IntegrationQueueState.objects.values_list("id", "name")) == set(State.choices)


def test_filling_again_repairs_what_differs():
    IntegrationQueueState.objects.filter(id="OnHold").delete()
    IntegrationQueueState.objects.filter(id="Pending").update(name="Waiting")
    lookups.fill()
    assert set(IntegrationQueueState.objects.values_list("id", "name")) == set(State.choices)


def test_a_state_without_the_table_is_left_alone():
    lookups.fill(ProjectState().apps)
    assert IntegrationQueueState.objects.count() == len(State)
