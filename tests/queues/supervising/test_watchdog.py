from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from queues import beats, pulses
from queues.supervising import watchdog as module
from queues.supervising.silence import ANYTHING, PATIENCE
from queues.supervising.watchdog import PULSE_SECONDS, Watchdog

pytestmark = pytest.mark.django_db

PATIENCE_SECONDS = PATIENCE[ANYTHING]


@pytest.fixture
def said():
    return []


@pytest.fixture
def watchdog(said):
    watchdog = Watchdog(said.append)
    watchdog.expect(1000.0)
    return watchdog


@pytest.fixture
def away(monkeypatch):
    """The database cannot be reached until this is called."""

    def fail(now):
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(pulses, "send", fail)
    # The test's own transaction is open on the real one.
    monkeypatch.setattr(module, "connection", SimpleNamespace(close=lambda: None))
    return monkeypatch.undo


def queued():
    return [row.func() for row in OrmQ.objects.order_by("pk")]


def show_life(part, number):
    now = timezone.now() + timedelta(seconds=number)
    if part == "result":  # as the cluster's monitor writes it down
        Task.objects.create(id=uuid4().hex, name="one", func="x", started=now, stopped=now, success=True)
    else:
        beats.beat(part, now)


def look(watchdog, *, until, heard=()):
    """A look every ten seconds from 1000 s on; the moments at which the cluster was found frozen."""
    found = []
    for number in range(int((until - 1000) / PULSE_SECONDS) + 1):
        for part in heard:
            show_life(part, number)
        if watchdog.finds_frozen(1000 + number * PULSE_SECONDS):
            found.append(1000 + number * PULSE_SECONDS)
    return found


def test_a_new_cluster_gets_a_tick_at_once_and_a_pulse(watchdog):
    watchdog.finds_frozen(1000)

    assert queued() == ["queues.tasks.tick", "queues.tasks.pulse"]


def test_a_pulse_without_an_answer_is_not_followed_by_another(watchdog):
    look(watchdog, until=1100)

    assert queued().count("queues.tasks.pulse") == 1


def test_an_answered_pulse_is_followed_by_another(watchdog):
    watchdog.finds_frozen(1000)
    beats.beat("pulse", timezone.now())

    watchdog.finds_frozen(1010)

    assert queued().count("queues.tasks.pulse") == 2


def test_the_next_cluster_gets_a_pulse_though_the_last_one_took_its_own_with_it(watchdog):
    watchdog.finds_frozen(1000)

    watchdog.expect(1010)
    watchdog.finds_frozen(1010)

    assert queued() == ["queues.tasks.tick", "queues.tasks.pulse"] * 2


def test_a_silent_cluster_is_found_frozen_when_patience_ends(watchdog):
    assert look(watchdog, until=1000 + PATIENCE_SECONDS) == [1000 + PATIENCE_SECONDS]


def test_a_beating_cluster_is_never_found_frozen(watchdog):
    assert look(watchdog, until=1100, heard=["pulse", "tick", "result"]) == []


def test_a_drain_or_a_tick_at_work_is_as_good_as_an_answer(watchdog):
    look(watchdog, until=1020)
    beats.beat("drain", timezone.now())

    assert not watchdog.finds_frozen(1030)


def test_sending_pulses_is_no_sign_of_life(watchdog):
    watchdog.finds_frozen(1000)
    pulses.forget()
    pulses.send(timezone.now())
    look(watchdog, until=1020)
    pulses.forget()
    pulses.send(timezone.now())

    assert watchdog.finds_frozen(1030)


def test_patience_begins_anew_with_each_cluster(watchdog):
    look(watchdog, until=1020)
    watchdog.expect(1020)

    assert not watchdog.finds_frozen(1030)
    assert not watchdog.finds_frozen(1040)
    assert watchdog.finds_frozen(1050)


def test_a_clock_that_is_set_back_looks_like_life(watchdog):
    beats.beat("pulse", timezone.now())
    look(watchdog, until=1020)
    beats.beat("pulse", timezone.now() - timedelta(days=1))

    assert not watchdog.finds_frozen(1030)


def test_silence_while_the_supervisor_slept_does_not_count(watchdog):
    look(watchdog, until=1010)

    assert not watchdog.finds_frozen(2000)
    assert not watchdog.finds_frozen(2020)
    assert watchdog.finds_frozen(2030)


def test_a_database_that_is_away_is_said_once_and_condemns_nobody(watchdog, away, said):
    assert look(watchdog, until=1300) == []

    assert said.count("the database is away, waiting for it: connection refused") == 1


def test_when_the_database_is_back_the_hub_goes_on(watchdog, away, said):
    look(watchdog, until=1100)
    away()

    assert not watchdog.finds_frozen(1110)

    assert said[-1] == "the database is back"
    assert queued() == ["queues.tasks.tick", "queues.tasks.pulse"]


def test_an_alarm_clock_that_was_tampered_with_is_mended_and_said(watchdog, said):
    watchdog.finds_frozen(1000)
    Schedule.objects.update(func="os.system")

    watchdog.finds_frozen(1010)

    assert Schedule.objects.get().func == "queues.tasks.tick"
    assert said[-1].startswith("hub-tick: func is 'os.system'")


def test_a_look_is_due_at_once_and_then_every_ten_seconds(watchdog):
    assert watchdog.is_due(1000)

    watchdog.finds_frozen(1000)

    assert not watchdog.is_due(1000 + PULSE_SECONDS - 1)
    assert watchdog.is_due(1000 + PULSE_SECONDS)


def test_workers_whose_results_nobody_writes_down_are_found_frozen(watchdog, said):
    assert look(watchdog, until=1000 + PATIENCE["result"], heard=["pulse", "tick"]) == [1180]
    assert said[-1] == "no result for 180 s"
