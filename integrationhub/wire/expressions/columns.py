"""Where the database keeps a property, and how a constant is written to compare with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from django.db.models import (
    BigIntegerField,
    BooleanField,
    DecimalField,
    Expression,
    F,
    Field,
    FloatField,
    TextField,
    Value,
)

from .schema import Schema
from .sql_template import Template
from .types import Enumeration, Scalar, ValueType

Vendor = Literal["postgresql", "sqlite"]
Encode = Callable[[Any], Value]


@dataclass(frozen=True)
class Column:
    """A value in SQL: how to read it, and how to write a constant that compares with it.

    Two columns of one type compare with each other when they share `encode`.
    """

    expression: Expression | F
    encode: Encode
    bounds: tuple[int, int] | None = None
    """The smallest and the greatest whole number there can be, where that is known."""


def encode_text(value: str) -> Value:
    return Value(value, TextField())


def encode_boolean(value: bool) -> Value:
    return Value(value, BooleanField())


def encode_int(value: int) -> Value:
    return Value(value, BigIntegerField())


def encode_decimal(value: Decimal) -> Value:
    return Value(value, DecimalField())


def encode_double(value: float) -> Value:
    return Value(value, FloatField())


def encode_number_text(value: Decimal | float) -> Value:
    """Write a number as a text, for databases that compare exact numbers as texts."""
    return Value(f"{value:f}" if isinstance(value, Decimal) else repr(value), TextField())


def encode_guid_text(value: object) -> Value:
    return Value(str(value), TextField())


def encode_date_text(value: date) -> Value:
    return Value(value.isoformat(), TextField())


def encode_moment_text(value: datetime) -> Value:
    """Write a moment so that the order of texts is the order of time: `2024-01-02T00:00:00.000000Z`."""
    utc = value.astimezone(UTC).replace(tzinfo=None)
    return Value(f"{utc.isoformat(timespec='microseconds')}Z", TextField())


def encode_time_text(value: time) -> Value:
    """Write a time so that the order of texts is the order of time: `10:00:00.000000`."""
    return Value(value.isoformat(timespec="microseconds"), TextField())


def json_columns(field_name: str, schema: Schema, vendor: Vendor) -> dict[str, Column]:
    """Find the properties of `schema` in the JSONField `field_name`, which holds one object of them.

    The object is canonical: String and enumerations are JSON strings, Boolean a JSON boolean, Int and Double
    JSON numbers, Decimal a string in plain notation, DateTime `2024-01-02T00:00:00.000000Z`, Date
    `2024-01-02`, Guid lower-case; null or absent is null. Collections have no column.
    """
    readers: Mapping[Any, _Reader] = _POSTGRESQL if vendor == "postgresql" else _SQLITE
    scalars = {each.name: storage(each.type) for each in schema.properties}
    return {name: readers[kind](field_name, name) for name, kind in scalars.items() if kind in readers}


def storage(value_type: ValueType) -> ValueType:
    """Name the type whose form a value has in the database."""
    return Scalar.STRING if isinstance(value_type, Enumeration) else value_type


_Reader = Callable[[str, str], Column]


def _reader(sql: str, output: type[Field[Any, Any]], encode: Encode = encode_text) -> _Reader:
    """A property name is an identifier (see Schema), so that it can stand in the SQL as it is."""
    return lambda field, name: Column(
        Template(sql.replace("KEY", name), F(field), output_field=output()), encode
    )


# Guarded casts: a value that has not the form of its type reads as null instead of failing the query.
_POSTGRESQL_TEXT = "({0} ->> 'KEY')"
_POSTGRESQL: Mapping[Scalar, _Reader] = {
    Scalar.STRING: _reader(_POSTGRESQL_TEXT, TextField),
    Scalar.BOOLEAN: _reader(
        "(CASE ({0} ->> 'KEY') WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)",
        BooleanField,
        encode_boolean,
    ),
    Scalar.INT: _reader(
        "(CASE WHEN jsonb_typeof({0} -> 'KEY') = 'number' THEN ({0} ->> 'KEY')::numeric END)",
        DecimalField,
        encode_int,
    ),
    Scalar.DECIMAL: _reader(
        "(CASE WHEN ({0} ->> 'KEY') ~ '^-?[0-9]+([.][0-9]+)?$' THEN ({0} ->> 'KEY')::numeric END)",
        DecimalField,
        encode_decimal,
    ),
    Scalar.DOUBLE: _reader(
        "(CASE WHEN jsonb_typeof({0} -> 'KEY') = 'number' THEN ({0} ->> 'KEY')::double precision END)",
        FloatField,
        encode_double,
    ),
    Scalar.DATETIME: _reader(_POSTGRESQL_TEXT, TextField, encode_moment_text),
    Scalar.DATE: _reader(_POSTGRESQL_TEXT, TextField, encode_date_text),
    Scalar.GUID: _reader(_POSTGRESQL_TEXT, TextField, encode_guid_text),
}

# Numbers with a point stay texts: SQLite would read them as floats, and not even to the last digit.
_SQLITE_VALUE = "JSON_EXTRACT({0}, '$.KEY')"
_SQLITE: Mapping[Scalar, _Reader] = {
    Scalar.STRING: _reader(_SQLITE_VALUE, TextField),
    Scalar.BOOLEAN: _reader(_SQLITE_VALUE, BooleanField, encode_boolean),
    Scalar.INT: _reader(_SQLITE_VALUE, BigIntegerField, encode_int),
    Scalar.DECIMAL: _reader(_SQLITE_VALUE, TextField, encode_number_text),
    Scalar.DOUBLE: _reader(
        "(CASE WHEN JSON_TYPE({0}, '$.KEY') IN ('real', 'integer') THEN {0} -> '$.KEY' END)",
        TextField,
        encode_number_text,
    ),
    Scalar.DATETIME: _reader(_SQLITE_VALUE, TextField, encode_moment_text),
    Scalar.DATE: _reader(_SQLITE_VALUE, TextField, encode_date_text),
    Scalar.GUID: _reader(_SQLITE_VALUE, TextField, encode_guid_text),
}

# How a constant is written when no column beside it tells.
_SHARED_DEFAULTS: Mapping[ValueType, Encode] = {
    Scalar.STRING: encode_text,
    Scalar.BOOLEAN: encode_boolean,
    Scalar.INT: encode_int,
    Scalar.DATETIME: encode_moment_text,
    Scalar.DATE: encode_date_text,
    Scalar.TIME: encode_time_text,
    Scalar.GUID: encode_guid_text,
}
DEFAULTS: Mapping[Vendor, Mapping[ValueType, Encode]] = {
    "postgresql": {**_SHARED_DEFAULTS, Scalar.DECIMAL: encode_decimal, Scalar.DOUBLE: encode_double},
    "sqlite": {**_SHARED_DEFAULTS, Scalar.DECIMAL: encode_number_text, Scalar.DOUBLE: encode_number_text},
}
