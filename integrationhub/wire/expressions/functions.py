"""Every function of the language: its name, the types it takes and gives, and its meaning.

Front ends map their own spellings to these. A null argument makes the result null, unseen by the function.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum, auto

from . import arithmetic, automata, moments, texts
from .types import Scalar

_STRING, _BOOLEAN, _INT = Scalar.STRING, Scalar.BOOLEAN, Scalar.INT
_DECIMAL, _DOUBLE = Scalar.DECIMAL, Scalar.DOUBLE
_DATETIME, _DURATION = Scalar.DATETIME, Scalar.DURATION


class Function(StrEnum):
    CONTAINS = auto()
    STARTS_WITH = auto()
    ENDS_WITH = auto()
    MATCHES = auto()
    LENGTH = auto()
    INDEX_OF = auto()
    SUBSTRING = auto()
    ENDING = auto()
    REPLACE = auto()
    CONCAT = auto()
    TO_LOWER = auto()
    TO_UPPER = auto()
    TRIM = auto()
    YEAR = auto()
    MONTH = auto()
    DAY = auto()
    HOUR = auto()
    MINUTE = auto()
    SECOND = auto()
    FRACTION_OF_SECOND = auto()
    TIME_OF_DAY = auto()
    DAY_OF_WEEK = auto()
    MIDNIGHT = auto()
    ADD_YEARS = auto()
    ADD_MONTHS = auto()
    ADD_DAYS = auto()
    ADD_HOURS = auto()
    ADD_MINUTES = auto()
    ADD_SECONDS = auto()
    ADD_MILLISECONDS = auto()
    DAYS = auto()
    TOTAL_DAYS = auto()
    TOTAL_HOURS = auto()
    TOTAL_MINUTES = auto()
    TOTAL_SECONDS = auto()
    FROM_DAYS = auto()
    FROM_HOURS = auto()
    FROM_MINUTES = auto()
    FROM_SECONDS = auto()
    ABS = auto()
    ROUND = auto()
    FLOOR = auto()
    CEILING = auto()
    ROUND_AWAY = auto()
    HAS_FLAGS = auto()


@dataclass(frozen=True)
class Overload:
    """One way to call a function."""

    parameters: tuple[Scalar, ...]
    result: Scalar
    evaluate: Callable[..., object]


def _part(read: Callable[[datetime], int]) -> tuple[Overload, ...]:
    return (Overload((_DATETIME,), _INT, read),)


def _move(function: Function) -> tuple[Overload, ...]:
    move = moments.add_units(ADDED_UNITS[function])
    return (
        Overload((_DATETIME, _INT), _DATETIME, move),
        Overload((_DATETIME, _DOUBLE), _DATETIME, move),
    )


def _span(unit: timedelta) -> tuple[Overload, ...]:
    span = moments.span_of(unit)
    return (Overload((_INT,), _DURATION, span), Overload((_DOUBLE,), _DURATION, span))


def _total(unit: timedelta) -> tuple[Overload, ...]:
    return (Overload((_DURATION,), _DOUBLE, moments.total(unit)),)


_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_MINUTE, _SECOND = timedelta(minutes=1), timedelta(seconds=1)

ADDED_UNITS: Mapping[Function, timedelta] = {
    Function.ADD_DAYS: _DAY,
    Function.ADD_HOURS: _HOUR,
    Function.ADD_MINUTES: _MINUTE,
    Function.ADD_SECONDS: _SECOND,
    Function.ADD_MILLISECONDS: timedelta(milliseconds=1),
}

OVERLOADS: Mapping[Function, tuple[Overload, ...]] = {
    Function.CONTAINS: (Overload((_STRING, _STRING), _BOOLEAN, lambda text, part: part in text),),
    Function.STARTS_WITH: (Overload((_STRING, _STRING), _BOOLEAN, str.startswith),),
    Function.ENDS_WITH: (Overload((_STRING, _STRING), _BOOLEAN, str.endswith),),
    Function.MATCHES: (Overload((_STRING, _STRING), _BOOLEAN, automata.matches),),
    Function.LENGTH: (Overload((_STRING,), _INT, len),),
    Function.INDEX_OF: (Overload((_STRING, _STRING), _INT, str.find),),
    Function.SUBSTRING: (
        Overload((_STRING, _INT), _STRING, texts.substring),
        Overload((_STRING, _INT, _INT), _STRING, texts.substring),
    ),
    Function.ENDING: (Overload((_STRING, _INT), _STRING, texts.ending),),
    Function.REPLACE: (Overload((_STRING, _STRING, _STRING), _STRING, texts.replace),),
    Function.CONCAT: (Overload((_STRING, _STRING), _STRING, lambda left, right: left + right),),
    Function.TO_LOWER: (Overload((_STRING,), _STRING, texts.lower),),
    Function.TO_UPPER: (Overload((_STRING,), _STRING, texts.upper),),
    Function.TRIM: (Overload((_STRING,), _STRING, texts.trim),),
    Function.YEAR: _part(lambda moment: moment.year),
    Function.MONTH: _part(lambda moment: moment.month),
    Function.DAY: _part(lambda moment: moment.day),
    Function.HOUR: _part(lambda moment: moment.hour),
    Function.MINUTE: _part(lambda moment: moment.minute),
    Function.SECOND: _part(lambda moment: moment.second),
    Function.FRACTION_OF_SECOND: (Overload((_DATETIME,), _DECIMAL, moments.fraction_of_second),),
    Function.TIME_OF_DAY: (Overload((_DATETIME,), Scalar.TIME, moments.time_of_day),),
    Function.DAY_OF_WEEK: _part(moments.day_of_week),
    Function.MIDNIGHT: (Overload((_DATETIME,), _DATETIME, moments.midnight),),
    Function.ADD_YEARS: (Overload((_DATETIME, _INT), _DATETIME, moments.add_years),),
    Function.ADD_MONTHS: (Overload((_DATETIME, _INT), _DATETIME, moments.add_months),),
    **{function: _move(function) for function in ADDED_UNITS},
    Function.DAYS: (Overload((_DURATION,), _INT, moments.whole_days),),
    Function.TOTAL_DAYS: _total(_DAY),
    Function.TOTAL_HOURS: _total(_HOUR),
    Function.TOTAL_MINUTES: _total(_MINUTE),
    Function.TOTAL_SECONDS: _total(_SECOND),
    Function.FROM_DAYS: _span(_DAY),
    Function.FROM_HOURS: _span(_HOUR),
    Function.FROM_MINUTES: _span(_MINUTE),
    Function.FROM_SECONDS: _span(_SECOND),
    Function.ABS: (
        Overload((_INT,), _INT, lambda value: arithmetic.within_int(abs(value))),
        Overload((_DECIMAL,), _DECIMAL, lambda value: value.copy_abs()),
        Overload((_DOUBLE,), _DOUBLE, abs),
    ),
    Function.ROUND: (
        Overload((_DECIMAL,), _DECIMAL, arithmetic.round_decimal),
        Overload((_DECIMAL, _INT), _DECIMAL, arithmetic.round_decimal),
        Overload((_DOUBLE,), _DOUBLE, arithmetic.round_double),
        Overload((_DOUBLE, _INT), _DOUBLE, arithmetic.round_double),
    ),
    Function.FLOOR: (
        Overload((_DECIMAL,), _DECIMAL, arithmetic.floor_decimal),
        Overload((_DOUBLE,), _DOUBLE, lambda value: float(math.floor(value))),
    ),
    Function.CEILING: (
        Overload((_DECIMAL,), _DECIMAL, arithmetic.ceiling_decimal),
        Overload((_DOUBLE,), _DOUBLE, lambda value: float(math.ceil(value))),
    ),
    Function.ROUND_AWAY: (
        Overload((_DECIMAL,), _DECIMAL, arithmetic.round_decimal_away),
        Overload((_DOUBLE,), _DOUBLE, arithmetic.round_double_away),
    ),
    Function.HAS_FLAGS: (Overload((_INT, _INT), _BOOLEAN, lambda value, flags: value & flags == flags),),
}

CASTS: Mapping[tuple[Scalar, Scalar], Callable[..., object]] = {
    (_INT, _DECIMAL): Decimal,
    (_INT, _DOUBLE): float,
    (_DECIMAL, _INT): arithmetic.truncate,
    (_DECIMAL, _DOUBLE): lambda value: arithmetic.finite_double(float(value)),
    (_DOUBLE, _INT): arithmetic.truncate,
    (_DOUBLE, _DECIMAL): lambda value: arithmetic.decimal_within_range(Decimal(repr(value))),
    (Scalar.DATE, _DATETIME): moments.midnight,
}
