"""Properties that are fields of a Django model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    Field,
    FloatField,
    IntegerField,
    TextField,
    UUIDField,
    Value,
)

from .arithmetic import INT_MAX, INT_MIN
from .columns import (
    Column,
    Encode,
    Vendor,
    encode_boolean,
    encode_decimal,
    encode_double,
    encode_int,
    encode_text,
    storage,
)
from .errors import NotProvenError
from .schema import Schema
from .types import Scalar, ValueType


def encode_moment(value: datetime) -> Value:
    return Value(value, DateTimeField())


def encode_date(value: date) -> Value:
    return Value(value, DateField())


def encode_guid(value: UUID) -> Value:
    return Value(value, UUIDField())


SHORT = 15

_FIELDS: Mapping[ValueType, tuple[tuple[type[Field[Any, Any]], ...], Encode]] = {
    Scalar.STRING: ((CharField, TextField), encode_text),
    Scalar.BOOLEAN: ((BooleanField,), encode_boolean),
    Scalar.INT: ((IntegerField,), encode_int),
    Scalar.DECIMAL: ((DecimalField,), encode_decimal),
    Scalar.DOUBLE: ((FloatField,), encode_double),
    Scalar.DATETIME: ((DateTimeField,), encode_moment),
    Scalar.DATE: ((DateField,), encode_date),
    Scalar.GUID: ((UUIDField,), encode_guid),
}


def model_columns(schema: Schema, fields: Mapping[str, Field[Any, Any]], vendor: Vendor) -> dict[str, Column]:
    """Find the properties of `schema` in the columns of a model: `fields` gives the field of each property.

    A property has no column when its field is of another type, has a collation of its own, or is a Decimal
    of more than 15 digits on SQLite, which keeps a double.
    """
    encodings = {
        each.name: field_encoding(each.type, fields[each.name], vendor)
        for each in schema.properties
        if each.name in fields
    }
    return {
        name: Column(F(fields[name].name), encode, field_bounds(fields[name]))
        for name, encode in encodings.items()
        if encode
    }


def field_bounds(field: Field[Any, Any]) -> tuple[int, int] | None:
    """The whole numbers that a field can hold on both databases; None for other fields."""
    if not isinstance(field, IntegerField):
        return None
    return (INT_MIN, INT_MAX) if isinstance(field, BigIntegerField) else (-(2**31), 2**31 - 1)


def field_encoding(kind: ValueType, field: Field[Any, Any], vendor: Vendor) -> Encode | None:
    """How a constant is written to compare with a field; None where the comparison would not be exact."""
    types, encode = _FIELDS.get(storage(kind), ((), encode_text))
    if not isinstance(field, types) or getattr(field, "db_collation", None):
        return None
    if kind is Scalar.DATE and isinstance(field, DateTimeField):
        return None
    if isinstance(field, DecimalField) and vendor == "sqlite":
        return encode_short_decimal if field.max_digits <= SHORT else None
    return encode


def encode_short_decimal(value: Decimal) -> Value:
    """SQLite keeps it as a double, which tells all of 15 digits apart. Raises NotProvenError for more."""
    if len(value.normalize().as_tuple().digits) > SHORT:
        raise NotProvenError
    return Value(float(value), FloatField())
