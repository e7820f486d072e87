"""Hints that rows have become due."""

import threading

import pytest
from django.db import connection, connections

from queues import hints

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_waiting_drain_is_woken_by_another_connection():
    hints.listen()

    def give():
        hints.give()
        connections.close_all()

    giver = threading.Thread(target=give)
    giver.start()
    giver.join()
    hints.wait(60)  # does not take its time: the test would not end within that of the suite


def test_a_hint_given_meanwhile_is_not_lost():
    hints.listen()
    hints.give()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    hints.wait(60)


def test_without_a_hint_the_wait_ends_by_itself():
    hints.listen()
    hints.wait(0.01)
