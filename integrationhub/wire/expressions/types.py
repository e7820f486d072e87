"""The closed vocabulary of value types, and the Python value that stands for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .schema import Schema


class Scalar(StrEnum):
    """A null of any of these is None."""

    STRING = "String"  # str without NUL or lone surrogates; compared by code point
    BOOLEAN = "Boolean"  # bool
    INT = "Int"  # int of 64 bits
    DECIMAL = "Decimal"  # decimal.Decimal, finite, at most 29 digits before and 28 after the point
    DOUBLE = "Double"  # float, finite
    DATETIME = "DateTime"  # aware datetime, read as UTC
    DATE = "Date"  # date
    TIME = "TimeOfDay"  # time without a zone: the part of a moment within its day, never a property
    DURATION = "TimeSpan"  # timedelta: the difference of two moments, never a property
    GUID = "Guid"  # uuid.UUID
    NULL = "null"  # the type of the literal null


@dataclass(frozen=True)
class Enumeration:
    """A closed list of names; its value is the name, a str."""

    name: str
    members: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Collection:
    """Many items of one schema; its value is a sequence of mappings."""

    element: Schema

    def __str__(self) -> str:
        return f"collection of {self.element.entity}"


ValueType = Scalar | Enumeration | Collection

NUMBERS = frozenset({Scalar.INT, Scalar.DECIMAL, Scalar.DOUBLE})
MOMENTS = frozenset({Scalar.DATETIME, Scalar.DATE})
ORDERED = NUMBERS | MOMENTS | {Scalar.STRING, Scalar.DURATION, Scalar.TIME}

WIDENS: Mapping[Scalar, frozenset[Scalar]] = {
    Scalar.INT: frozenset({Scalar.DECIMAL, Scalar.DOUBLE}),
    Scalar.DATE: frozenset({Scalar.DATETIME}),
}


def widens(source: ValueType, target: ValueType) -> bool:
    """Say whether every value of `source` becomes one of `target` without being asked."""
    return isinstance(source, Scalar) and target in WIDENS.get(source, frozenset())
