from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from queues import beats, pulses, tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_a_pulse_is_sent_when_none_is_under_way(now):
    assert pulses.send(now)
    assert not pulses.send(now + timedelta(seconds=10))

    (task,) = OrmQ.objects.all()
    assert task.func() == "queues.tasks.pulse"


def test_the_task_answers_the_pulse(now):
    pulses.send(now - timedelta(seconds=1))

    tasks.pulse()

    assert pulses.send(now + timedelta(seconds=10))


def test_an_answer_to_an_earlier_pulse_does_not_count(now):
    beats.beat("pulse", now - timedelta(seconds=10))
    pulses.send(now)

    assert not pulses.send(now + timedelta(seconds=10))


def test_a_forgotten_pulse_is_not_waited_for(now):
    pulses.send(now)

    pulses.forget()

    assert pulses.send(now + timedelta(seconds=1))


def test_the_signs_of_life_are_those_of_others_than_the_supervisor(now):
    pulses.send(now)
    beats.beat("tick", now)

    assert pulses.signs_of_life() == {"tick": now}


def test_a_long_task_leaves_signs_of_life_while_it_asks_whether_to_stop(now, monkeypatch):
    answers, moments = iter([False, False, True]), iter([now, now + timedelta(seconds=30)])
    seconds = iter([1000.0, 1000.0, 1005.0, 1030.0, 1030.0])
    monkeypatch.setattr(pulses, "database_now", lambda: next(moments))
    ask = pulses.beating("drain", lambda: next(answers), clock=lambda: next(seconds))

    assert not ask()
    assert beats.last_seen("drain") == now
    assert not ask()
    assert beats.last_seen("drain") == now
    assert ask()
    assert beats.last_seen("drain") == now + timedelta(seconds=30)
