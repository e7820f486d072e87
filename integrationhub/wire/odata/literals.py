"""Values as URLs write them: in keys, function arguments and expressions."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from . import durations
from .decoding import WrongValueError, decode
from .edm import EdmType, EnumType, Primitive

_QUOTED = re.compile(r"(?:[A-Za-z_][\w.]*)?'((?:[^']|'')*)'", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,60}(\.\d{1,60})?([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)

_NUMBERS = frozenset({Primitive.DECIMAL, Primitive.DOUBLE, Primitive.SINGLE})
_WHOLE_NUMBERS = frozenset(
    {Primitive.BYTE, Primitive.SBYTE, Primitive.INT16, Primitive.INT32, Primitive.INT64}
)


def parse(text: str, kind: EdmType) -> Any:
    """The value of a literal: `5`, `'O''Neil'`, `2024-01-01`, `duration'P1D'`, `Color'Red'`, `null`.

    A quoted text is taken for a value of any type, as OData 4.01 has it. Raises WrongValueError.
    """
    if text == "null":
        return None
    if quoted := _QUOTED.fullmatch(text):
        return from_text(quoted[1].replace("''", "'"), kind)
    if kind is Primitive.STRING or isinstance(kind, EnumType):
        raise WrongValueError("must stand in single quotes")
    return from_text(text, kind)


def from_text(text: str, kind: EdmType) -> Any:
    """The value of a text without quotes. Raises WrongValueError."""
    if not isinstance(kind, Primitive | EnumType) or kind is Primitive.UNTYPED:
        raise WrongValueError("cannot stand in a URL")
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise WrongValueError("must not have a NUL or half a character in it")
    return decode(kind, _as_json(text, kind))


def _as_json(text: str, kind: Primitive | EnumType) -> Any:
    """What a JSON reader would have made of it."""
    match kind:
        case Primitive.DATE_TIME_OFFSET:
            return text.replace(" ", "+")  # what nobody wrote as %2B has become a blank
        case Primitive.BOOLEAN:
            return {"true": True, "false": False}.get(text.lower(), text)
        case Primitive.DURATION:
            return text.upper()
    if kind in _WHOLE_NUMBERS and _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if kind in _NUMBERS and _NUMBER.fullmatch(text) else text


def render(value: Any) -> str:
    """The literal of a value, not yet percent-encoded."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"
        case timedelta():
            return f"duration'{durations.spell(value)}'"
        case bytes():
            return f"binary'{base64.urlsafe_b64encode(value).decode().rstrip('=')}'"
        case date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
    return str(value)
