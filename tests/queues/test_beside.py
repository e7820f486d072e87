"""The round in the database and our own work, at the same time."""

import threading
from concurrent.futures import Future

import pytest
from django.db import connection

from queues import beside, claiming, draining, planning
from queues.draining import Drain
from queues.models import IntegrationQueue
from queues.states import State
from tests.cast import store_payments
from tests.queues.engine import run_drain, run_tick, states


class Later:
    """Stands for a thread: what it is given is done when somebody looks whether it is, and not before."""

    def __init__(self, before=lambda: None):
        self.before = before

    def submit(self, work):
        before = self.before

        class Promise(Future):
            def done(self):
                if not super().done():
                    before()
                    self.set_result(work())
                return True

            def result(self, timeout=None):
                self.done()
                return super().result()

        return Promise()

    def close(self):
        pass


class Stuck:
    """A thread that gets no further with the first it is given until it is told to."""

    result = None

    def submit(self, work):
        if self.result is not None:
            return beside.done_here(work)
        self.work, self.result = work, Future()
        return self.result

    def go_on(self):
        self.result.set_result(self.work())

    def close(self):
        pass


@pytest.fixture
def worker():
    with Drain() as drain:
        yield drain


@pytest.fixture
def small_rounds(monkeypatch):
    """Four items fill a round, and any is worth a thread."""
    monkeypatch.setattr(draining, "GROUP", 4)
    monkeypatch.setattr(draining, "AHEAD", 8)
    monkeypatch.setattr(draining, "WORTH_A_THREAD", 0)
    monkeypatch.setattr(draining, "WORTH_ANOTHER", 1)


def queue(activation, time, count):
    store_payments(activation.client, activation.integration.entity, count, now=time.now)
    run_tick(time)


def test_what_was_claimed_is_prepared_while_the_database_is_at_work(
    activation, time, script, small_rounds, worker
):
    queue(activation, time, 20)
    seen = []
    worker._idle = [Later(lambda: seen.append((len(worker.claimed), len(worker.ready))))]
    worker.run(seconds=5, stop=lambda: False, wait=False)
    assert worker.finished == 20
    assert (0, 4) in seen
    assert set(states().values()) == {State.SUCCEEDED}
    assert sorted(script.items) == sorted(states())


@pytest.mark.parametrize(("others", "left_for_later"), [(0, 4), (1, 0)])
def test_alone_we_keep_the_database_at_work_and_beside_others_we_make_large_rounds(
    activation, time, script, small_rounds, worker, others, left_for_later
):
    queue(activation, time, 20)
    claiming.claim(claiming.find_work(time.now), most=others, owner="another", now=time.now)
    worker._idle = [Later()]
    worker.step()
    assert (len(worker.claimed), len(worker.ready)) == (left_for_later, 4 - left_for_later)


def test_what_is_ready_is_started_by_another_round_while_one_is_under_way(
    activation, time, script, small_rounds, worker
):
    queue(activation, time, 20)
    worker._idle = []
    worker.step()
    worker.step()
    slow = Stuck()
    worker._idle = [Later(), slow]
    ready, worker.ready = worker.ready, []
    worker._begin(worker._make_round(time.now))
    worker.ready = ready
    assert (len(ready), len(script.items)) == (4, 4)
    worker.step()
    assert (len(script.items), worker.finished) == (8, 0)
    slow.go_on()
    worker.run(seconds=5, stop=lambda: False, wait=False)
    assert (worker.finished, set(states().values())) == (20, {State.SUCCEEDED})


@pytest.mark.django_db(transaction=True)
def test_a_round_is_made_beside_our_own_work_where_the_database_has_room_for_it(
    activation, time, script, small_rounds, monkeypatch
):
    made_by, hung_up = set(), []

    def watch(this, exchange=draining.exchange):
        made_by.add(threading.get_ident())
        return exchange(this)

    def hang_up(close=beside._hang_up):
        close()
        hung_up.append(connection.connection)

    monkeypatch.setattr(draining, "exchange", watch)
    monkeypatch.setattr(beside, "_hang_up", hang_up)
    queue(activation, time, 20)
    assert run_drain() == 20
    assert set(states().values()) == {State.SUCCEEDED}
    assert len(script.items) == len(set(script.items)) == 20
    has_room = connection.vendor == "postgresql"
    beside_us = made_by - {threading.get_ident()}
    assert bool(beside_us) == has_room
    assert hung_up == [None] * len(beside_us)


@pytest.mark.django_db(transaction=True)
def test_two_rounds_are_in_the_database_at_once_where_it_has_room_for_them(
    activation, time, script, small_rounds, monkeypatch
):
    has_room = connection.vendor == "postgresql"
    running, both = set(), threading.Event()

    def watch(this, exchange=draining.exchange):
        running.add(threading.get_ident())
        if len(running) == 2:
            both.set()
        if this.done and has_room:
            both.wait(timeout=10)
        try:
            return exchange(this)
        finally:
            running.discard(threading.get_ident())

    monkeypatch.setattr(draining, "exchange", watch)
    queue(activation, time, 20)
    assert run_drain() == 20
    assert both.is_set() == has_room
    assert set(states().values()) == {State.SUCCEEDED}
    assert len(script.items) == len(set(script.items)) == 20


def test_what_fails_beside_us_fails_where_its_result_is_asked_for(monkeypatch):
    def fail():
        raise RuntimeError("no")

    monkeypatch.setattr(planning, "expect_few", lambda: None)  # no connection is needed for this
    thread = beside.DatabaseThread()
    try:
        with pytest.raises(RuntimeError):
            thread.submit(fail).result()
    finally:
        thread._thread.shutdown()
    with pytest.raises(RuntimeError):
        beside.done_here(fail)


def test_what_a_round_that_is_under_way_claims_while_we_are_stopped_is_given_back(
    activation, time, script, small_rounds, worker
):
    queue(activation, time, 4)
    worker._idle = [Later()]
    worker._begin(worker._make_round(time.now))
    worker.run(seconds=0, stop=lambda: True, wait=False)
    rows = IntegrationQueue.objects.values_list("state", "due_at", "lease_no")
    assert set(rows) == {(State.PENDING, time.now, 1)}


def test_while_a_round_starts_an_item_whose_worker_died_no_other_starts_anything(
    activation, time, script, small_rounds, worker
):
    queue(activation, time, 3)
    crashed = {"state": State.PROCESSING, "started_on": time.now, "due_at": time.now}
    IntegrationQueue.objects.filter(item_name="P-1").update(**crashed)
    worker._idle = []
    worker.step()
    slow = Stuck()
    worker._idle = [Later(), slow]
    worker._prepare()
    worker.ready, healthy = [], worker.ready
    worker._begin(worker._make_round(time.now))
    worker.ready = healthy
    assert [each.item.crashes for each in worker._under_way[0].round.group] == [1]
    assert not worker._is_worth_a_round()
    assert (worker._make_round(time.now).group, worker._make_round(time.now).room) == ([], 0)
    slow.go_on()
    worker.run(seconds=5, stop=lambda: False, wait=False)
    assert script.items == ["P-1", "P-2", "P-3"]


def test_an_item_whose_worker_died_is_not_started_before_what_has_ended_is_acknowledged(
    activation, time, script, small_rounds, worker
):
    queue(activation, time, 3)
    worker._idle = []
    worker.step()
    worker.step()
    assert (len(worker.done), len(script.items)) == (3, 3)
    slow = Stuck()
    worker._idle = [Later(), slow]
    worker._begin(worker._make_round(time.now))
    worker.suspects.append(suspect := worker._under_way[0].round.done[0])
    assert worker._next_group() == []
    slow.go_on()
    worker._take_rounds()
    assert worker._next_group() == [suspect]
