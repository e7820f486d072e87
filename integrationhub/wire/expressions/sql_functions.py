"""The functions each database computes exactly as the reference does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, BooleanField, Field, TextField, Value

from .columns import Vendor, encode_boolean, encode_int, encode_moment_text, encode_text
from .functions import Function
from .texts import WHITE_SPACE


@dataclass(frozen=True)
class Rendering:
    """A function in SQL: null for a null argument. Moments among its arguments are canonical texts."""

    sql: str
    output: type[Field[Any, Any]]
    encode: Callable[[object], Value]


def _condition(sql: str) -> Rendering:
    return Rendering(f"({sql})", BooleanField, encode_boolean)


def _text(sql: str) -> Rendering:
    return Rendering(sql, TextField, encode_text)


def _number(sql: str) -> Rendering:
    return Rendering(sql, BigIntegerField, encode_int)


# Where the parts of 2024-01-02T03:04:05.000000Z stand: first character, length.
_PARTS: Mapping[Function, tuple[int, int]] = {
    Function.YEAR: (1, 4),
    Function.MONTH: (6, 2),
    Function.DAY: (9, 2),
    Function.HOUR: (12, 2),
    Function.MINUTE: (15, 2),
    Function.SECOND: (18, 2),
}
_MIDNIGHT = Rendering("(substr({0}, 1, 10) || 'T00:00:00.000000Z')", TextField, encode_moment_text)

_COMMON: Mapping[Function, Rendering] = {
    Function.LENGTH: _number("length({0})"),
    Function.REPLACE: _text("replace({0}, {1}, {2})"),
    Function.CONCAT: _text("({0} || {1})"),
    Function.MIDNIGHT: _MIDNIGHT,
}

RENDERINGS: Mapping[Vendor, Mapping[Function, Rendering]] = {
    "postgresql": {
        **_COMMON,
        Function.CONTAINS: _condition("strpos({0}, {1}) > 0"),
        Function.STARTS_WITH: _condition("starts_with({0}, {1})"),
        Function.ENDS_WITH: _condition("right({0}, length({1})) = {1}"),
        Function.INDEX_OF: _number("(strpos({0}, {1}) - 1)"),
        Function.TRIM: _text(f"btrim({{0}}, '{WHITE_SPACE}')"),
        **{
            # Guarded, since a cast of anything but digits would fail the query.
            part: _number(
                f"(CASE WHEN substr({{0}}, {start}, {length}) ~ '^[0-9]+$'"
                f" THEN substr({{0}}, {start}, {length})::integer END)"
            )
            for part, (start, length) in _PARTS.items()
        },
    },
    "sqlite": {
        **_COMMON,
        Function.CONTAINS: _condition("instr({0}, {1}) > 0"),
        Function.STARTS_WITH: _condition("substr({0}, 1, length({1})) = {1}"),
        Function.ENDS_WITH: _condition("substr({0}, length({0}) - length({1}) + 1) = {1}"),
        Function.INDEX_OF: _number("(instr({0}, {1}) - 1)"),
        Function.TRIM: _text(f"trim({{0}}, '{WHITE_SPACE}')"),
        **{
            part: _number(f"CAST(substr({{0}}, {start}, {length}) AS INTEGER)")
            for part, (start, length) in _PARTS.items()
        },
    },
}
