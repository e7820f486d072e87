"""What is said of the result of an operation holds for every result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.expressions.arithmetic import INT_MAX, INT_MIN, NUMERIC, Operator
from integrationhub.wire.expressions.bounds import result_bounds
from integrationhub.wire.expressions.types import Scalar

numbers = st.integers(-100, 100) | st.integers(INT_MIN, INT_MAX)
ranges = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))


@given(st.sampled_from(Operator), ranges, ranges, st.data())
def test_no_result_lies_outside_of_its_bounds(operator, left, right, data):
    bounds = result_bounds(operator, left, right)
    if bounds is None:
        return
    values = [data.draw(st.integers(*each)) for each in (left, right)]
    result = NUMERIC[Scalar.INT][operator](*values)
    assert result is None or bounds[0] <= result <= bounds[1]


@pytest.mark.parametrize(
    ("operator", "left", "right", "bounds"),
    [
        (Operator.ADD, (1, 2), (10, 20), (11, 22)),
        (Operator.SUBTRACT, (1, 2), (10, 20), (-19, -8)),
        (Operator.MULTIPLY, (-2, 3), (-5, 7), (-15, 21)),
        (Operator.DIVIDE, (-8, 3), (0, 9), (-8, 8)),
        (Operator.MULTIPLY, (0, 2**32), (0, 2**32), None),
        (Operator.ADD, (INT_MIN, INT_MAX), (0, 1), None),
        (Operator.ADD, None, (0, 1), None),
    ],
)
def test_what_may_leave_64_bits_has_no_bounds(operator, left, right, bounds):
    assert result_bounds(operator, left, right) == bounds
