"""Statements that are run again and again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from integrations import prepared


@pytest.mark.django_db
def test_a_statement_after_a_closed_connection_goes_over_a_new_one():
    with ThreadPoolExecutor(1) as thread:  # it has a connection of its own
        assert thread.submit(ask_over_two_connections).result() == [(1,), (2,)]


def ask_over_two_connections():
    answers = prepared.fetch("SELECT 1", [])
    connection.close()
    answers += prepared.fetch("SELECT 2", [])
    connection.close()
    return answers


def test_rows_become_one_array_for_each_column():
    rows = [('say "a\\b"', 1), (None, None), ("twice", 2), ("twice", 2)]
    assert prepared.unnested({"name": "text", "number": "integer"}, rows) == (
        "unnest(%s::text[], %s::integer[])",
        [r'{"say \"a\\b\"",NULL,"twice","twice"}', "{1, NULL, 2, 2}"],
    )


def test_no_rows_become_empty_arrays():
    assert prepared.unnested({"name": "text"}, []) == ("unnest(%s::text[])", ["{}"])
