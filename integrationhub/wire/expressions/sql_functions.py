"""The functions each database computes exactly as the reference does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    DecimalField,
    Field,
    FloatField,
    TextField,
    Value,
)

from . import texts
from .columns import (
    Encode,
    Vendor,
    encode_boolean,
    encode_date_text,
    encode_decimal,
    encode_double,
    encode_int,
    encode_moment_text,
    encode_number_text,
    encode_text,
    encode_time_text,
)
from .functions import Function
from .model_columns import encode_date, encode_moment
from .types import Scalar, ValueType


@dataclass(frozen=True)
class Rendering:
    """A function in SQL: null for a null argument. Moments among its arguments are canonical texts."""

    sql: str
    output: type[Field[Any, Any]]
    encode: Encode
    bounds: tuple[int, int] | None = None


def _condition(sql: str) -> Rendering:
    return Rendering(f"({sql})", BooleanField, encode_boolean)


def _text(sql: str) -> Rendering:
    return Rendering(sql, TextField, encode_text)


def _number(sql: str) -> Rendering:
    """What a text or a moment is counted by is small."""
    return Rendering(sql, BigIntegerField, encode_int, (-(2**31), 2**31))


# Where the parts of 2024-01-02T03:04:05.000000Z stand: first character, length.
_PARTS: Mapping[Function, tuple[int, int]] = {
    Function.YEAR: (1, 4),
    Function.MONTH: (6, 2),
    Function.DAY: (9, 2),
    Function.HOUR: (12, 2),
    Function.MINUTE: (15, 2),
    Function.SECOND: (18, 2),
}


def encode_position(value: int) -> Value:
    """Write an argument that counts letters; no text is as long as what is cut off here."""
    return encode_int(min(value, 2**30))


# How the arguments of a rendered function are written, by their types.
ARGUMENTS: Mapping[ValueType, Encode] = {
    Scalar.STRING: encode_text,
    Scalar.DATETIME: encode_moment_text,
    Scalar.DECIMAL: encode_decimal,
    Scalar.INT: encode_position,
}
BIT_ARGUMENTS: Mapping[ValueType, Encode] = {Scalar.INT: encode_int}


def _postgresql_case(name: str, pairs: tuple[str, str]) -> Rendering:
    """Change ASCII by the database, which is quick, and other letters one by one as the reference does."""
    quick = f'{name}({{0}} COLLATE "C")'
    return _text(
        f"(CASE WHEN octet_length({{0}}) = length({{0}}) THEN {quick}"
        f" ELSE translate({quick}, '{pairs[0]}', '{pairs[1]}') END)"
    )


def _decimal(sql: str) -> Rendering:
    return Rendering(sql, DecimalField, encode_decimal)


_COMMON: Mapping[Function, Rendering] = {
    Function.LENGTH: _number("length({0})"),
    Function.HAS_FLAGS: _condition("({0} & {1}) = {1}"),
    Function.CONCAT: _text("({0} || {1})"),
    Function.MIDNIGHT: Rendering(
        "(substr({0}, 1, 10) || 'T00:00:00.000000Z')", TextField, encode_moment_text
    ),
    Function.TIME_OF_DAY: Rendering("substr({0}, 12, 15)", TextField, encode_time_text),
}
_POSTGRESQL: Mapping[Function, Rendering] = {
    **_COMMON,
    Function.CONTAINS: _condition("strpos({0}, {1}) > 0"),
    Function.STARTS_WITH: _condition("starts_with({0}, {1})"),
    Function.ENDS_WITH: _condition("right({0}, length({1})) = {1}"),
    Function.MATCHES: _condition('({0} COLLATE "C") ~ {1}'),
    Function.INDEX_OF: _number("(strpos({0}, {1}) - 1)"),
    Function.ENDING: _text("right({0}, {1})"),
    Function.TRIM: _text(f"btrim({{0}}, '{texts.WHITE_SPACE}')"),
    Function.ABS: _decimal("abs({0})"),
    Function.ROUND_AWAY: _decimal("round({0})"),
    Function.FLOOR: _decimal("floor({0})"),
    Function.CEILING: _decimal("ceil({0})"),
    Function.FRACTION_OF_SECOND: _decimal(
        "(CASE WHEN substr({0}, 20, 7) ~ '^[.][0-9]{{6}}$' THEN ('0' || substr({0}, 20, 7))::numeric END)"
    ),
    **{
        # Guarded, since a cast of anything but digits would fail the query.
        part: _number(
            f"(CASE WHEN substr({{0}}, {start}, {length}) ~ '^[0-9]+$'"
            f" THEN substr({{0}}, {start}, {length})::integer END)"
        )
        for part, (start, length) in _PARTS.items()
    },
}
_SQLITE: Mapping[Function, Rendering] = {
    **_COMMON,
    Function.CONTAINS: _condition("instr({0}, {1}) > 0"),
    Function.STARTS_WITH: _condition("substr({0}, 1, length({1})) COLLATE BINARY = {1}"),
    Function.ENDS_WITH: _condition("substr({0}, length({0}) - length({1}) + 1) COLLATE BINARY = {1}"),
    Function.MATCHES: _condition("hub_matches({0}, {1})"),
    Function.INDEX_OF: _number("(instr({0}, {1}) - 1)"),
    Function.ENDING: _text("substr({0}, max(1, length({0}) - {1} + 1))"),
    Function.FRACTION_OF_SECOND: Rendering("('0' || substr({0}, 20, 7))", TextField, encode_number_text),
    Function.TRIM: _text(f"trim({{0}}, '{texts.WHITE_SPACE}')"),
    Function.TO_LOWER: _text("hub_lower({0})"),
    Function.TO_UPPER: _text("hub_upper({0})"),
    **{
        part: _number(f"CAST(substr({{0}}, {start}, {length}) AS INTEGER)")
        for part, (start, length) in _PARTS.items()
    },
}


def rendering(function: Function, vendor: Vendor, arguments: int) -> Rendering | None:
    """Find the SQL of a function called with a number of arguments, if it is proven."""
    match vendor, function:
        case _, Function.SUBSTRING:
            return _text("substr({0}, {1} + 1)" if arguments == 2 else "substr({0}, {1} + 1, {2})")
        case "postgresql", Function.TO_LOWER:
            return _postgresql_case("lower", texts.case_pairs(texts.lower))
        case "postgresql", Function.TO_UPPER:
            return _postgresql_case("upper", texts.case_pairs(texts.upper))
    return (_POSTGRESQL if vendor == "postgresql" else _SQLITE).get(function)


# Columns as they are kept, in the form that functions take.
RECODINGS: Mapping[tuple[Vendor, Encode, Encode], Rendering] = {
    ("postgresql", encode_moment, encode_moment_text): Rendering(
        "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')", TextField, encode_moment_text
    ),
    ("sqlite", encode_moment, encode_moment_text): Rendering(
        "(substr({0}, 1, 10) || 'T' || substr({0}, 12, 8) || '.'"
        " || substr(substr({0}, 21) || '000000', 1, 6) || 'Z')",
        TextField,
        encode_moment_text,
    ),
    ("postgresql", encode_date, encode_date_text): Rendering(
        "to_char({0}, 'YYYY-MM-DD')", TextField, encode_date_text
    ),
    ("sqlite", encode_date, encode_date_text): Rendering("({0} || '')", TextField, encode_date_text),
}

_DATE_TO_MOMENT = Rendering("({0} || 'T00:00:00.000000Z')", TextField, encode_moment_text)
CASTS: Mapping[tuple[Vendor, ValueType, ValueType], tuple[Encode, Rendering]] = {
    # The encoding of what is cast, and the cast.
    ("postgresql", Scalar.DATE, Scalar.DATETIME): (encode_date_text, _DATE_TO_MOMENT),
    ("sqlite", Scalar.DATE, Scalar.DATETIME): (encode_date_text, _DATE_TO_MOMENT),
    ("postgresql", Scalar.INT, Scalar.DECIMAL): (encode_int, _decimal("({0})::numeric")),
    ("postgresql", Scalar.INT, Scalar.DOUBLE): (
        encode_int,
        Rendering("({0})::double precision", FloatField, encode_double),
    ),
    ("sqlite", Scalar.INT, Scalar.DECIMAL): (
        encode_int,
        Rendering("CAST({0} AS TEXT)", TextField, encode_number_text),
    ),
}
