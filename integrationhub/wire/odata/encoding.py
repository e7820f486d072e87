"""Python values as JSON and as plain text, by their type on the wire.

The encoder of JSON itself writes most types right: whole numbers, texts, booleans, GUIDs in lower case,
dates, and moments with `Z`. Only the others need a function of their own, so that a page costs few calls.
"""

import base64
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import orjson

from . import durations
from .edm import CollectionOf, ComplexType, EdmType, Primitive

Encoder = Callable[[Any], Any]

_MOST_DIGITS = 128


def dumps(payload: Any) -> bytes:
    return orjson.dumps(payload, default=_rest, option=orjson.OPT_UTC_Z)


def encoder(kind: EdmType, *, ieee754: bool = False) -> Encoder | None:
    """What makes a value of this type ready for `dumps`. None where it is ready as it is.

    Null stays null whatever the type. Parts of a complex value are encoded by their own types.
    """
    match kind:
        case CollectionOf(element=element):
            inner = encoder(element, ieee754=ieee754)
            return inner and _of_each(inner)
        case ComplexType():
            return _of_parts(kind, ieee754)
        case Primitive.INT64 | Primitive.DECIMAL if ieee754:
            return _nullable(spell)
        case _:
            special = _SPECIAL.get(kind)
            return special and _nullable(special)


def spell(value: Any) -> str:
    """A value as plain text: what `/$value` answers, and what a key in a URL is made of."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case float():
            return _double_text(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return durations.spell(value)
        case bytes() | bytearray() | memoryview():
            return _binary(value)
        case _:
            return str(value)


def _of_each(inner: Encoder) -> Encoder:
    return lambda values: None if values is None else [inner(value) for value in values]


def _of_parts(kind: ComplexType, ieee754: bool) -> Encoder | None:
    special = {each.name: encoder(each.type, ieee754=ieee754) for each in kind.properties}
    inner = {name: encode for name, encode in special.items() if encode is not None}
    if not inner:
        return None

    def encode(value: Any) -> Any:
        if value is None:
            return None
        return {name: inner[name](part) if name in inner else part for name, part in value.items()}

    return encode


def _nullable(encode: Encoder) -> Encoder:
    return lambda value: None if value is None else encode(value)


def _double(value: Any) -> Any:
    return value if math.isfinite(value) else _double_text(value)


def _double_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return repr(value)


def _binary(value: Any) -> str:
    return base64.urlsafe_b64encode(bytes(value)).decode().rstrip("=")


def _number_text(value: Decimal) -> str:
    """Without an exponent, unless that would take more digits than anybody reads."""
    return format(value, "f") if abs(value.adjusted()) < _MOST_DIGITS else str(value)


def _rest(value: Any) -> Any:
    """What the encoder of JSON does not know itself."""
    if isinstance(value, Decimal):
        return orjson.Fragment(_number_text(value))
    if isinstance(value, timedelta):
        return durations.spell(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _binary(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


_SPECIAL: dict[EdmType, Encoder] = {
    Primitive.DOUBLE: _double,
    Primitive.SINGLE: _double,
    # orjson leaves zeros out of the fraction of a time.
    Primitive.TIME_OF_DAY: time.isoformat,
}
