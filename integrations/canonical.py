"""The one JSON form of a property's value and of a row, and the way back to Python values.

| type | canonical JSON |
|---|---|
| String, Boolean, Int, Double | as JSON has them; Double always with a finite value |
| Decimal | plain text without exponent, leading or trailing zeros: "1200.5" |
| DateTime | text in UTC, microseconds, fixed width, so that text order is time order |
| Date, Guid | "2026-01-31", lower-case text with hyphens |

Equal values have equal forms. Messages never repeat a value, since it may be a secret.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from integrationhub.wire.expressions.schema import Schema
from integrationhub.wire.expressions.types import Scalar, ValueType
from integrations.errors import Refused
from integrations.texts import printable, refusal

if TYPE_CHECKING:
    from integrations.models import Entity

Json = str | int | float | bool | None

ITEM_TEXT_LENGTH = 450

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,64}(\.[0-9]{1,64})?")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INT_RANGE = range(-(2**63), 2**63)
# What expressions reckon with: digits before and after the point.
_MOST_WHOLE_DIGITS, _MOST_FRACTION_DIGITS = 29, 28

_NOT_WHOLE = "must be a whole number of at most 64 bits."
_NOT_DECIMAL = "must be a number, or a text such as 1200.50."
_TOO_LONG = f"has more than {_MOST_WHOLE_DIGITS} digits before or {_MOST_FRACTION_DIGITS} after the point."
_NOT_DOUBLE = "must be a finite number."
_NOT_MOMENT = "must be a time with an offset, such as 2026-01-31T12:00:00Z."
_NOT_DATE = "must be a date such as 2026-01-31."
_NOT_GUID = "must be a GUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301."


class InvalidValueError(ValueError):
    """A value that its type does not have; the text goes on after the property's name."""


class InvalidRecord(Refused):
    """A row that its entity does not allow; `field` is the property at fault, None for the row as a whole."""


@dataclass(frozen=True)
class Canonical:
    """A row as the hub keeps it. `data` has every property of the entity, null where the row had none."""

    item_id: str
    item_name: str
    updated_on: datetime
    data: dict[str, Json]

    @cached_property
    def digest(self) -> str:
        """Tells a changed row from an unchanged one. A null counts as absent, so that an entity can grow."""
        present = {name: value for name, value in self.data.items() if value is not None}
        content = orjson.dumps([self.item_name, present], option=orjson.OPT_SORT_KEYS)
        return blake2b(content, digest_size=20).hexdigest()


@dataclass(frozen=True)
class Shape:
    """What a row of an entity has to look like."""

    schema: Schema
    key: str
    name: str
    updated_on: str

    @classmethod
    def of(cls, entity: "Entity") -> "Shape":
        """Raises Refused when the entity's own declaration does not hold together."""
        shape = cls(entity.schema(), entity.key_property, entity.name_property, entity.updated_on_property)
        shape._check(entity)
        return shape

    def canonicalize(self, row: object) -> Canonical:
        """Raises InvalidRecord."""
        if not isinstance(row, Mapping):
            raise InvalidRecord("A record is an object of properties.")
        self._refuse_unknown(row)
        data = self._encode(row)
        updated_on = data[self.updated_on]
        if updated_on is None:
            raise InvalidRecord(f"{self.updated_on} is required.", field=self.updated_on)
        return Canonical(
            item_id=_item_text(data[self.key], self.key),
            item_name=_item_text(data[self.name], self.name),
            updated_on=datetime.fromisoformat(str(updated_on)),
            data=data,
        )

    @cached_property
    def _names(self) -> frozenset[object]:
        return frozenset(self.schema.names)

    @cached_property
    def _encoders(self) -> list[tuple[str, Callable[[object], Json], bool]]:
        return [(each.name, _ENCODERS[each.type], each.nullable) for each in self.schema.properties]

    def _encode(self, row: Mapping[object, object]) -> dict[str, Json]:
        data: dict[str, Json] = {}
        for name, encoder, nullable in self._encoders:
            value = row.get(name)
            if value is None and not nullable:
                raise InvalidRecord(f"{name} is required.", field=name)
            try:
                data[name] = None if value is None else encoder(value)
            except InvalidValueError as error:
                raise InvalidRecord(f"{name} {error}", field=name) from None
        return data

    def _refuse_unknown(self, row: Mapping[object, object]) -> None:
        if row.keys() <= self._names:
            return
        name = next(name for name in row if name not in self._names)
        shown = printable(str(name))[:128]
        raise InvalidRecord(f"{self.schema.entity} has no property {shown}.", field=shown)

    def _check(self, entity: "Entity") -> None:
        types = {each.name: each.type for each in self.schema.properties}
        for role in ("key_property", "name_property", "updated_on_property"):
            name = getattr(entity, role)
            if name not in types:
                raise Refused(f"The entity {entity.pk} declares no property {name}.", field=role)
        if types[self.updated_on] is not Scalar.DATETIME:
            raise Refused(f"{self.updated_on} has to be a DateTime.", field="updated_on_property")


def canonicalize(entity: "Entity", row: object) -> Canonical:
    """One row in its canonical form. Raises InvalidRecord."""
    return Shape.of(entity).canonicalize(row)


def typed(schema: Schema, data: Mapping[str, Json]) -> dict[str, object]:
    """Canonical data as Python values, every property of the schema present: rows as predicates take them."""
    return {
        name: value if value is None or decoder is None else decoder(value)
        for name, decoder in _decoders(schema)
        for value in (data.get(name),)
    }


@lru_cache(maxsize=512)
def _decoders(schema: Schema) -> tuple[tuple[str, Callable[..., object] | None], ...]:
    return tuple((each.name, _DECODERS.get(each.type)) for each in schema.properties)


def encode(value: object, kind: ValueType) -> Json:
    """The canonical form of one value; None stays None.

    Takes what JSON has for the type, or the Python value; numbers also as text. Raises InvalidValueError.
    """
    return None if value is None else _ENCODERS[kind](value)


def _item_text(value: Json, name: str) -> str:
    text = "" if value is None else str(value)
    if not text:
        raise InvalidRecord(f"{name} must not be empty.", field=name)
    if len(text) > ITEM_TEXT_LENGTH:
        raise InvalidRecord(f"{name} has more than {ITEM_TEXT_LENGTH} characters.", field=name)
    return text


def _encode_string(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValueError("must be a text.")
    if value.isalnum() and value.isascii():  # what most texts are, known at once
        return value
    if reason := refusal(value):
        raise InvalidValueError(reason)
    return value


def _encode_boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidValueError("must be true or false.")
    return value


def _encode_int(value: object) -> int:
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value not in _INT_RANGE:
        raise InvalidValueError(_NOT_WHOLE)
    return value


def _encode_decimal(value: object) -> str:
    number = _decimal(value)
    if not number:
        return "0"
    if number.adjusted() >= _MOST_WHOLE_DIGITS or _exponent(number) < -100:
        raise InvalidValueError(_TOO_LONG)
    whole, _, fraction = format(number, "f").partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > _MOST_FRACTION_DIGITS:
        raise InvalidValueError(_TOO_LONG)
    return f"{whole}.{fraction}" if fraction else whole


def _decimal(value: object) -> Decimal:
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(repr(value))
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() > 128:
            raise InvalidValueError(_TOO_LONG)
        return Decimal(value)
    raise InvalidValueError(_NOT_DECIMAL)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _encode_double(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise InvalidValueError(_NOT_DOUBLE)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidValueError(_NOT_DOUBLE)
    return number + 0.0  # a negative zero equals zero, and so has its form


def _encode_moment(value: object) -> str:
    return _moment(value).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidValueError(_NOT_MOMENT)


def _encode_date(value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise InvalidValueError(_NOT_DATE)


def _encode_guid(value: object) -> str:
    text = str(value) if isinstance(value, UUID) else value
    if not isinstance(text, str) or not _GUID.fullmatch(text):
        raise InvalidValueError(_NOT_GUID)
    return text.lower()


_ENCODERS: dict[ValueType, Callable[[object], Json]] = {
    Scalar.STRING: _encode_string,
    Scalar.BOOLEAN: _encode_boolean,
    Scalar.INT: _encode_int,
    Scalar.DECIMAL: _encode_decimal,
    Scalar.DOUBLE: _encode_double,
    Scalar.DATETIME: _encode_moment,
    Scalar.DATE: _encode_date,
    Scalar.GUID: _encode_guid,
}


# What else a property may be is in Python as it is in JSON.
_DECODERS: dict[ValueType, Callable[..., object]] = {
    Scalar.DECIMAL: Decimal,
    Scalar.DOUBLE: float,
    Scalar.DATETIME: datetime.fromisoformat,
    Scalar.DATE: date.fromisoformat,
    Scalar.GUID: UUID,
}
