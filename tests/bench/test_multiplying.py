import pytest
from django.db import connection
from django.utils import timezone

from bench import multiplying, world
from integrations.models import Record
from queues.models import ActionAttempt, ActionLog, IntegrationQueue
from queues.states import State

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="its SQL is PostgreSQL's")
CONFIGURATION = {"path": "/payments"}


@pytest.fixture
def activation(db):
    (row,) = world.make_world("http.send", CONFIGURATION, now=timezone.now(), clients=1)
    world.store_records([row], 1, now=timezone.now())
    return row


def test_copies_of_a_record_are_due_like_the_record(activation):
    multiplying.copy_record(activation, range(1, 4), now=timezone.now())
    assert Record.objects.count() == 4
    assert world.fill_queue([activation], now=timezone.now()) == 4


def test_copies_that_were_delivered_are_not_due(activation):
    multiplying.copy_record(activation, range(1, 4), now=timezone.now())
    multiplying.deliver_copies(activation, range(1, 4), now=timezone.now())
    assert world.scan(activation, now=timezone.now()) == 1


def test_finished_items_have_their_logs_and_are_not_claimed(activation):
    multiplying.add_finished(activation, 3, now=timezone.now())
    assert IntegrationQueue.objects.filter(state=State.SUCCEEDED).count() == 3
    assert ActionLog.objects.count() == ActionAttempt.objects.count() == 3
    assert world.count_open() == 0
