import sqlite3
from contextlib import closing
from typing import Any

import pytest

from integrationhub.wire.expressions.sqlite import compare_numbers, teach


class Connection:
    """What `teach` knows of Django's connection."""

    def __init__(self) -> None:
        self.connection: Any = None

    def ensure_connection(self) -> None:
        if self.connection is None:
            self.connection = sqlite3.connect(":memory:")


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        ("1", "1.00", 0),
        ("-0.0", "0", 0),
        ("9", "10", -1),
        ("-9", "-10", 1),
        ("1e300", "1E+299", 1),
        ("0.1", "0.1000000000000000000000000001", -1),
        ("79228162514264337593543950335", "79228162514264337593543950334", 1),
        ("no number", "-1e300", -1),
        ("NaN", "no number", 0),
    ],
)
def test_numbers_compare_by_value(left, right, order):
    assert compare_numbers(left, right) == order
    assert compare_numbers(right, left) == -order


def test_a_connection_is_taught_once_even_while_a_statement_runs():
    connection: Any = Connection()
    teach(connection)
    with closing(connection.connection):
        rows = connection.connection.execute("SELECT hub_lower(value) FROM json_each('[\"\u00c5\", null]')")
        first = next(rows)
        teach(connection)
        assert [first, *rows] == [("\u00e5",), (None,)]


def test_a_connection_that_was_opened_again_is_taught_again():
    connection: Any = Connection()
    teach(connection)
    connection.connection.close()
    connection.connection = None
    teach(connection)
    with closing(connection.connection):
        answer = connection.connection.execute("SELECT '1.0' COLLATE hub_number = '1', hub_lower('A')")
        assert answer.fetchone() == (1, "a")
