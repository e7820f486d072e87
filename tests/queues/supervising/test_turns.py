import threading

import pytest
from django.db import connection

from queues.supervising import turns
from queues.supervising.turns import preparing_alone

pytestmark = pytest.mark.django_db


@pytest.fixture
def looks(monkeypatch):
    """How often the one who waits has looked."""
    looks = []
    monkeypatch.setattr(turns.time, "sleep", looks.append)
    return looks


def test_one_who_is_alone_does_not_wait(looks):
    said = []
    with preparing_alone(said.append):
        pass
    with preparing_alone(said.append):
        pass
    assert (said, looks) == ([], [])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has the lock of the data directory")
def test_a_second_hub_waits_until_the_first_has_prepared_the_database(monkeypatch):
    waits, order = threading.Event(), []

    def prepare_second():
        try:
            with preparing_alone(lambda line: waits.set()):
                order.append("second")
        finally:
            connection.close()

    second = threading.Thread(target=prepare_second)
    monkeypatch.setattr(turns, "_LOOK_SECONDS", 0.01)
    with preparing_alone(order.append):
        second.start()
        assert waits.wait(timeout=30)
        order.append("first")
    second.join(timeout=30)
    assert order == ["first", "second"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such limit")
def test_within_a_turn_a_statement_may_take_as_long_as_it_takes():
    def limit():
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()[0]

    before = limit()
    with preparing_alone(pytest.fail):
        assert limit() == "0"
    assert limit() == before
