"""Which operands an arithmetic operator takes, what type it gives, and its meaning."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import moments
from .arithmetic import NUMERIC, Operator, negate
from .types import Scalar

_DATETIME, _DURATION = Scalar.DATETIME, Scalar.DURATION


@dataclass(frozen=True)
class Operation:
    """The meaning never raises; None stands for no result."""

    result: Scalar
    evaluate: Callable[..., object]


OPERATIONS: Mapping[tuple[Operator, Scalar, Scalar], Operation] = {
    **{
        (operator, number, number): Operation(number, evaluate)
        for number, operators in NUMERIC.items()
        for operator, evaluate in operators.items()
    },
    (Operator.SUBTRACT, _DATETIME, _DATETIME): Operation(_DURATION, lambda left, right: left - right),
    (Operator.ADD, _DATETIME, _DURATION): Operation(_DATETIME, moments.shift),
    (Operator.SUBTRACT, _DATETIME, _DURATION): Operation(_DATETIME, moments.shift_back),
    (Operator.ADD, _DURATION, _DURATION): Operation(_DURATION, moments.add_durations),
    (Operator.SUBTRACT, _DURATION, _DURATION): Operation(_DURATION, moments.subtract_durations),
}

NEGATIONS: Mapping[Scalar, Callable[..., object]] = {
    **dict.fromkeys(NUMERIC, negate),
    _DURATION: moments.negate_duration,
}
