"""The round in the database and our own work, at the same time."""

import threading
from concurrent.futures import Future

import pytest
from django.db import connection

from queues import beside, draining
from queues.draining import Drain
from queues.states import State
from tests.cast import store_payments
from tests.queues.engine import run_drain, run_tick, states


class Later:
    """Stands for the thread: what it is given is done when its result is asked for, and not before."""

    def __init__(self, before):
        self.before = before

    def submit(self, work):
        before = self.before

        class Promise(Future):
            def result(self, timeout=None):
                before()
                return work()

        return Promise()

    def close(self):
        pass


def queue(activation, time, count):
    store_payments(activation.client, activation.integration.entity, count, now=time.now)
    run_tick(time)


def test_what_was_claimed_is_prepared_while_the_database_is_at_work(activation, time, script, monkeypatch):
    monkeypatch.setattr(draining, "GROUP", 4)
    monkeypatch.setattr(draining, "AHEAD", 8)
    monkeypatch.setattr(draining, "WORTH_A_THREAD", 1)
    queue(activation, time, 20)
    seen = []
    with Drain() as worker:
        worker._beside = Later(lambda: seen.append((len(worker.claimed), len(worker.ready))))
        worker.run(seconds=5, stop=lambda: False, wait=False)
        assert worker.finished == 20
    assert (0, 4) in seen
    assert set(states().values()) == {State.SUCCEEDED}
    assert sorted(script.items) == sorted(states())


@pytest.mark.django_db(transaction=True)
def test_a_round_is_made_beside_our_own_work_where_the_database_has_room_for_it(
    activation, time, script, monkeypatch
):
    monkeypatch.setattr(draining, "WORTH_A_THREAD", 1)
    monkeypatch.setattr(draining, "GROUP", 4)
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
    assert bool(made_by - {threading.get_ident()}) == has_room
    assert hung_up == ([None] if has_room else [])


def test_what_fails_beside_us_fails_where_its_result_is_asked_for():
    def fail():
        raise RuntimeError("no")

    thread = beside.DatabaseThread()
    thread._is_open = True  # no connection is needed for this
    try:
        with pytest.raises(RuntimeError):
            thread.submit(fail).result()
    finally:
        thread._thread.shutdown()
    with pytest.raises(RuntimeError):
        beside.done_here(fail)
