"""Leave a column alone on its side of a comparison, so that the database can compare it as it is stored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from .arithmetic import Operator
from .facts import reads_rows
from .functions import ADDED_UNITS
from .moments import midnight, negate_duration, shift_back, span_of
from .tree import Arithmetic, Call, Cast, Comparison, Expression
from .types import Scalar

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_UPWARD = (Comparison.GREATER, Comparison.GREATER_OR_EQUAL)
_DOWNWARD = (Comparison.LESS, Comparison.LESS_OR_EQUAL)


class Test(NamedTuple):
    """A comparison of a node with a constant that is not null."""

    operator: Comparison
    node: Expression
    value: Any


def isolate(test: Test, value_of: Callable[[Expression], Any]) -> list[Test] | None:
    """Rewrite a test as the tests that together equal it, or give None where there is no such form.

    `value_of` evaluates a node that reads no row.
    """
    if test.node.type is not Scalar.DATETIME:
        return None
    if isinstance(test.node, Cast):
        return _compare_days(test, test.node)
    inner, duration = _added(test.node, value_of)
    return None if duration is None else _shift(test, inner, duration)


def _compare_days(test: Test, cast: Cast) -> list[Test] | None:
    """Compare days instead of their midnights."""
    if midnight(test.value) == test.value:
        return [Test(test.operator, cast.operand, test.value.date())]
    if test.operator.is_equality:
        return None
    # Of the midnights, those before a moment within a day are of that day or earlier ones.
    operator = Comparison.LESS_OR_EQUAL if test.operator in _DOWNWARD else Comparison.GREATER
    return [Test(operator, cast.operand, test.value.date())]


def _added(node: Expression, value_of: Callable[[Expression], Any]) -> tuple[Expression, timedelta | None]:
    """Find what a node moves by a constant duration, and the duration."""
    match node:
        case Call(function=function, arguments=(inner, count)) if function in ADDED_UNITS:
            units = None if reads_rows(count) else value_of(count)
            return inner, None if units is None else span_of(ADDED_UNITS[function])(units)
        case Arithmetic(operator=operator, left=inner, right=right) if not reads_rows(right):
            duration = value_of(right)
            negative = duration is not None and operator is Operator.SUBTRACT
            return inner, negate_duration(duration) if negative else duration
    return node, None


def _shift(test: Test, inner: Expression, duration: timedelta) -> list[Test] | None:
    """Move the constant the other way. A moment that the duration takes out of all years matches nothing."""
    bound = shift_back(test.value, duration)
    if bound is None or test.operator is Comparison.NOT_EQUAL:
        return None
    tests = [Test(test.operator, inner, bound)]
    if duration > timedelta() and test.operator in _UPWARD:
        tests.append(Test(Comparison.LESS_OR_EQUAL, inner, _LAST - duration))
    if duration < timedelta() and test.operator in _DOWNWARD:
        tests.append(Test(Comparison.GREATER_OR_EQUAL, inner, _FIRST - duration))
    return tests
