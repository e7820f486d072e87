"""JSON values of a body as Python values, by their type on the wire and its facets.

Messages continue the name of the property and never repeat the value, since it may be a secret.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from . import durations
from .edm import EdmType, EnumType, Primitive

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(?P<clock>\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<fraction>\d{1,12}))?", re.ASCII)
_MOMENT = re.compile(
    r"(?P<moment>\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<fraction>\d{1,12}))?"
    r"(?P<offset>[Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?\d{1,64}(\.\d{1,64})?(E[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_FROM_BASE64URL = str.maketrans("-_", "+/")

RANGES: Mapping[Primitive, tuple[int, int]] = {
    Primitive.BYTE: (0, 255),
    Primitive.SBYTE: (-128, 127),
    Primitive.INT16: (-(2**15), 2**15 - 1),
    Primitive.INT32: (-(2**31), 2**31 - 1),
    Primitive.INT64: (-(2**63), 2**63 - 1),
}
_SPECIAL_DOUBLES = {"INF": math.inf, "-INF": -math.inf, "NaN": math.nan}


class WrongValueError(ValueError):
    """The text goes on after the property's name."""


def decode(kind: EdmType, value: Any, *, ieee754: bool = False) -> Any:
    """The Python value of a primitive or an enumeration; fractions in `value` are Decimal. Null is not asked.

    With `ieee754`, whole numbers of 64 bits and decimals may also come as texts.
    """
    if isinstance(kind, EnumType):
        return _enum(kind, value)
    if not isinstance(kind, Primitive):
        raise TypeError(f"{kind} is decoded by its parts")
    if kind in RANGES:
        return _integer(kind, value, ieee754)
    if kind is Primitive.DECIMAL:
        return _decimal(value, ieee754)
    return _DECODERS[kind](value)


def check_facets(
    value: Any, *, max_length: int | None = None, precision: int | None = None, scale: int | None = None
) -> None:
    """Raises WrongValueError for a value that is longer than its property takes."""
    if isinstance(value, str | bytes) and max_length is not None and len(value) > max_length:
        unit = "characters" if isinstance(value, str) else "bytes"
        raise WrongValueError(f"must have at most {max_length} {unit}; it has {len(value)}")
    if isinstance(value, Decimal):
        _check_digits(value, precision, scale)


def _check_digits(value: Decimal, precision: int | None, scale: int | None) -> None:
    _, digits, exponent = value.normalize().as_tuple()
    after = max(0, -int(exponent))
    before = max(0, len(digits) + int(exponent))
    if scale is not None and after > scale:
        raise WrongValueError(f"must have at most {scale} digits after the point")
    if precision is not None and before > precision - (scale or 0):
        raise WrongValueError(f"must have at most {precision - (scale or 0)} digits before the point")


def _integer(kind: Primitive, value: Any, ieee754: bool) -> int:
    if ieee754 and kind is Primitive.INT64 and isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongValueError("must be a whole number")
    lowest, highest = RANGES[kind]
    if not lowest <= value <= highest:
        raise WrongValueError(f"must be between {lowest} and {highest}")
    return value


def _decimal(value: Any, ieee754: bool) -> Decimal:
    if ieee754 and isinstance(value, str) and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise WrongValueError("must be a number")
    if isinstance(value, int) and value.bit_length() > 256:
        raise WrongValueError("has too many digits")
    number = Decimal(value)
    if abs(number.adjusted()) > 128 or len(number.as_tuple().digits) > 128:
        raise WrongValueError("has too many digits")
    return number


def _double(value: Any) -> float:
    if isinstance(value, str) and value in _SPECIAL_DOUBLES:
        return _SPECIAL_DOUBLES[value]
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        raise WrongValueError("must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise WrongValueError("is out of the range of a number")
    return number


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValueError("must be a text")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WrongValueError("must be true or false")
    return value


def _guid(value: Any) -> UUID:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise WrongValueError("must be a GUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    return UUID(value)


def _date(value: Any) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise WrongValueError("must be a date such as 2026-01-31")


def _moment(value: Any) -> datetime:
    """Up to twelve decimals are read; what is finer than a microsecond is cut."""
    try:
        if isinstance(value, str) and (found := _MOMENT.fullmatch(value)):
            moment = datetime.fromisoformat(f"{found['moment'].upper()}{found['offset'].upper()}")
            return moment.astimezone(UTC).replace(microsecond=_microseconds(found))
    except (ValueError, OverflowError):
        pass
    raise WrongValueError("must be a time with an offset, such as 2026-01-31T12:00:00Z")


def _time(value: Any) -> time:
    try:
        if isinstance(value, str) and (found := _TIME.fullmatch(value)):
            return time.fromisoformat(found["clock"]).replace(microsecond=_microseconds(found))
    except ValueError:
        pass
    raise WrongValueError("must be a time of day such as 12:30:00")


def _microseconds(found: re.Match[str]) -> int:
    return int((found["fraction"] or "").ljust(6, "0")[:6])


def _duration(value: Any) -> Any:
    if not isinstance(value, str):
        raise WrongValueError("must be a duration such as PT15M")
    try:
        return durations.parse(value)
    except ValueError as error:
        raise WrongValueError(f"{error}, such as PT15M") from None


def _binary(value: Any) -> bytes:
    if isinstance(value, str):
        bare = value.translate(_FROM_BASE64URL).rstrip("=")
        try:
            return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        except (binascii.Error, ValueError):
            pass
    raise WrongValueError("must be bytes in base64url")


def _enum(kind: EnumType, value: Any) -> str:
    number = kind.number_of(value) if isinstance(value, str) else None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    if number is None or not _covers(kind, number):
        raise WrongValueError(f"must be one of {', '.join(kind.members)}")
    return kind.name_of(number)


def _covers(kind: EnumType, number: int) -> bool:
    return number in kind.members.values() or (kind.is_flags and not kind.name_of(number).isdecimal())


_DECODERS: Mapping[Primitive, Callable[[Any], Any]] = {
    Primitive.BINARY: _binary,
    Primitive.BOOLEAN: _boolean,
    Primitive.DATE: _date,
    Primitive.DATE_TIME_OFFSET: _moment,
    Primitive.DOUBLE: _double,
    Primitive.DURATION: _duration,
    Primitive.GUID: _guid,
    Primitive.SINGLE: _double,
    Primitive.STRING: _string,
    Primitive.TIME_OF_DAY: _time,
    Primitive.UNTYPED: lambda value: value,
}
