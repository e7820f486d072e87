"""Numbers as the language means them: exact where it can be, null where there is no result.

Int is 64-bit and truncates on division as C# does, but never wraps. Decimal adds, subtracts, multiplies
and compares exactly, and divides to 28 significant digits. Double is IEEE without its infinities.
"""

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from .types import Scalar


class Operator(StrEnum):
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    MODULO = "%"


INT_MIN, INT_MAX = -(2**63), 2**63 - 1
DECIMAL_MAX = Decimal(2**96 - 1)
DECIMAL_PLACES = 28

_EXACT = Context(prec=20_000, traps=[])  # wider than the longest product an expression can spell
_QUOTIENT = Context(prec=28, traps=[])


def within_int(value: int) -> int | None:
    return value if INT_MIN <= value <= INT_MAX else None


def finite_decimal(value: Decimal) -> Decimal | None:
    return value if value.is_finite() else None


def finite_double(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _divide_ints(left: int, right: int) -> int | None:
    if right == 0:
        return None
    quotient = abs(left) // abs(right)
    return within_int(quotient if (left < 0) == (right < 0) else -quotient)


def _divide_doubles(left: float, right: float) -> float | None:
    return finite_double(left / right) if right else None


_INT: Mapping[Operator, Callable[[int, int], int | None]] = {
    Operator.ADD: lambda left, right: within_int(left + right),
    Operator.SUBTRACT: lambda left, right: within_int(left - right),
    Operator.MULTIPLY: lambda left, right: within_int(left * right),
    Operator.DIVIDE: _divide_ints,
    Operator.MODULO: lambda left, right: (
        (abs(left) % abs(right)) * (-1 if left < 0 else 1) if right else None
    ),
}
_DECIMAL: Mapping[Operator, Callable[[Decimal, Decimal], Decimal | None]] = {
    Operator.ADD: lambda left, right: finite_decimal(_EXACT.add(left, right)),
    Operator.SUBTRACT: lambda left, right: finite_decimal(_EXACT.subtract(left, right)),
    Operator.MULTIPLY: lambda left, right: finite_decimal(_EXACT.multiply(left, right)),
    Operator.DIVIDE: lambda left, right: finite_decimal(_QUOTIENT.divide(left, right)),
    Operator.MODULO: lambda left, right: finite_decimal(_EXACT.remainder(left, right)),
}
_DOUBLE: Mapping[Operator, Callable[[float, float], float | None]] = {
    Operator.ADD: lambda left, right: finite_double(left + right),
    Operator.SUBTRACT: lambda left, right: finite_double(left - right),
    Operator.MULTIPLY: lambda left, right: finite_double(left * right),
    Operator.DIVIDE: _divide_doubles,
    Operator.MODULO: lambda left, right: math.fmod(left, right) if right else None,
}
NUMERIC: Mapping[Scalar, Mapping[Operator, Callable[..., object]]] = {
    Scalar.INT: _INT,
    Scalar.DECIMAL: _DECIMAL,
    Scalar.DOUBLE: _DOUBLE,
}


def truncate(value: Decimal | float) -> int | None:
    return within_int(int(value))


def decimal_within_range(value: Decimal) -> Decimal | None:
    """Round to the places a Decimal has; a number too large for one gives None."""
    if not abs(value) <= DECIMAL_MAX:
        return None
    return (
        value.quantize(Decimal((0, (1,), -DECIMAL_PLACES)), context=_EXACT) if _places(value) > 28 else value
    )


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def round_decimal(value: Decimal, digits: int = 0) -> Decimal | None:
    """Round halves to even. Digits beyond 0 to 28 give no result."""
    return _to_places(value, digits, ROUND_HALF_EVEN) if 0 <= digits <= DECIMAL_PLACES else None


def floor_decimal(value: Decimal) -> Decimal:
    return _to_places(value, 0, ROUND_FLOOR)


def ceiling_decimal(value: Decimal) -> Decimal:
    return _to_places(value, 0, ROUND_CEILING)


def _to_places(value: Decimal, digits: int, rounding: str) -> Decimal:
    return value.quantize(Decimal((0, (1,), -digits)), rounding=rounding, context=_EXACT)


def round_double(value: float, digits: int = 0) -> float | None:
    """Round halves to even. Digits beyond 0 to 15 give no result."""
    return finite_double(round(value, digits)) if 0 <= digits <= 15 else None


def round_decimal_away(value: Decimal) -> Decimal:
    """Round halves away from zero."""
    return _to_places(value, 0, ROUND_HALF_UP)


def round_double_away(value: float) -> float:
    return float(_to_places(Decimal(value), 0, ROUND_HALF_UP))


def negate(value: int | Decimal | float) -> int | Decimal | float | None:
    if isinstance(value, int):
        return within_int(-value)
    return value.copy_negate() if isinstance(value, Decimal) else -value
