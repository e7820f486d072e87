"""The types of the wire: primitives, enumerations, complex types, collections of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .registry import Property


class Primitive(StrEnum):
    """Each with the Python value that stands for it; null is None."""

    BINARY = "Edm.Binary"  # bytes
    BOOLEAN = "Edm.Boolean"  # bool
    BYTE = "Edm.Byte"  # int, 0 to 255
    DATE = "Edm.Date"  # date
    DATE_TIME_OFFSET = "Edm.DateTimeOffset"  # aware datetime
    DECIMAL = "Edm.Decimal"  # decimal.Decimal
    DOUBLE = "Edm.Double"  # float
    DURATION = "Edm.Duration"  # timedelta
    GUID = "Edm.Guid"  # uuid.UUID
    INT16 = "Edm.Int16"  # int
    INT32 = "Edm.Int32"  # int
    INT64 = "Edm.Int64"  # int
    SBYTE = "Edm.SByte"  # int, -128 to 127
    SINGLE = "Edm.Single"  # float
    STRING = "Edm.String"  # str
    TIME_OF_DAY = "Edm.TimeOfDay"  # time
    UNTYPED = "Edm.Untyped"  # any JSON value


@dataclass(frozen=True)
class EnumType:
    """A closed list of names with numbers. The Python value is the name, of flags the names joined by commas.

    `stored_as_number` says what the column holds: the number or the name. Flags are stored as numbers.
    """

    name: str
    members: Mapping[str, int] = field(hash=False)
    is_flags: bool = False
    stored_as_number: bool = False

    def __post_init__(self) -> None:
        if self.is_flags and not self.stored_as_number:
            raise ValueError(f"{self.name}: flags are stored as numbers")

    def number_of(self, text: str) -> int | None:
        """The number of a name, of several names joined by commas if these are flags, or of digits."""
        if text.lstrip("-").isdecimal() and text.isascii() and len(text) < 20:
            return int(text)
        parts = [part.strip() for part in text.split(",")] if self.is_flags else [text]
        numbers = [self.members.get(part) for part in parts]
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            return None
        total = 0
        for number in known:
            total |= number
        return total if self.is_flags else known[0]

    def name_of(self, number: int) -> str:
        """The name of a number, of flags the names of its bits; digits where the members do not cover it."""
        for name, value in self.members.items():
            if value == number:
                return name
        names = [name for name, value in self.members.items() if value and number & value == value]
        covered = sum({self.members[name] for name in names})
        return ",".join(names) if self.is_flags and names and covered == number else str(number)


@dataclass(frozen=True)
class ComplexType:
    """A value of several named parts; its Python value is a dict by property name."""

    name: str
    properties: tuple[Property, ...]
    is_open: bool = False

    def find(self, name: str) -> Property | None:
        folded = name.lower()
        return next((each for each in self.properties if folded in each.folded_names), None)


@dataclass(frozen=True)
class CollectionOf:
    """Many values; the Python value is a sequence."""

    element: Primitive | EnumType | ComplexType


EdmType = Primitive | EnumType | ComplexType | CollectionOf


def qualified(kind: EdmType, namespace: str) -> str:
    """The name of a type as $metadata and `@odata.type` have it: `Edm.Int32`, `NS.Color`, `Collection(…)`."""
    match kind:
        case Primitive():
            return str(kind)
        case CollectionOf(element=element):
            return f"Collection({qualified(element, namespace)})"
        case _:
            return f"{namespace}.{kind.name}"
