"""Properties that are fields of a Django model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import (
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
from .schema import Schema
from .types import Scalar, ValueType


def encode_moment(value: datetime) -> Value:
    return Value(value, DateTimeField())


def encode_date(value: date) -> Value:
    return Value(value, DateField())


def encode_guid(value: UUID) -> Value:
    return Value(value, UUIDField())


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
    on SQLite, which keeps a float.
    """
    found = {
        each.name: (storage(each.type), fields[each.name])
        for each in schema.properties
        if each.name in fields
    }
    return {
        name: Column(F(field.name), _FIELDS[kind][1])
        for name, (kind, field) in found.items()
        if _is_exact(kind, field, vendor)
    }


def _is_exact(kind: ValueType, field: Field[Any, Any], vendor: Vendor) -> bool:
    types, _ = _FIELDS.get(kind, ((), encode_text))
    if not isinstance(field, types) or getattr(field, "db_collation", None):
        return False
    if kind is Scalar.DATE and isinstance(field, DateTimeField):
        return False
    return not (kind is Scalar.DECIMAL and vendor == "sqlite")
