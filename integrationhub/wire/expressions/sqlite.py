"""What SQLite lacks, taught to a connection: exact numbers and the letters beyond ASCII."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper

from . import automata, texts

NUMBER_COLLATION = "hub_number"

_taught: WeakKeyDictionary[BaseDatabaseWrapper, object] = WeakKeyDictionary()


def teach(connection: BaseDatabaseWrapper) -> None:
    """Add the collation `hub_number` and functions for texts, once per connection.

    Done when a statement that may use them is compiled: replacing one while a statement runs is an error.
    """
    connection.ensure_connection()
    raw: Any = connection.connection
    if _taught.get(connection) is raw:
        return
    raw.create_collation(NUMBER_COLLATION, compare_numbers)
    raw.create_function("hub_lower", 1, _null_safe(texts.lower), deterministic=True)
    raw.create_function("hub_upper", 1, _null_safe(texts.upper), deterministic=True)
    raw.create_function("hub_matches", 2, _null_safe(automata.matches), deterministic=True)
    _taught[connection] = raw


def _null_safe(function: Callable[..., str | bool]) -> Callable[..., str | bool | None]:
    return lambda *values: function(*values) if all(isinstance(value, str) for value in values) else None


def compare_numbers(left: str, right: str) -> int:
    """Order numbers in decimal notation by value; whatever is no number comes first."""
    first, second = _number(left), _number(right)
    return (first > second) - (first < second)


@lru_cache(maxsize=1024)
def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Decimal("-Infinity")
    return number if number.is_finite() else Decimal("-Infinity")
