"""Numbers and texts as C# spells them."""

import math
import re
from datetime import UTC, datetime
from decimal import Decimal

from .arithmetic import DECIMAL_MAX, DECIMAL_PLACES, INT_MAX, INT_MIN
from .errors import ExpressionError
from .tree import Literal, Span
from .types import Scalar

_SIMPLE_ESCAPES = {'"': '"', "'": "'", "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def number(text: str, span: Span) -> Literal:
    """Read a number, its sign included: `5`, `5L` are Int, `5m` is Decimal, `5.0`, `5e3`, `5d` are Double."""
    digits, suffix = text.rstrip("lLmMdD"), text[-1].lower()
    if suffix == "m":
        return Literal(value=_decimal(digits, span), type=Scalar.DECIMAL, span=span)
    if suffix == "d" or not digits.lstrip("-").isdecimal():
        return Literal(value=_double(digits, span), type=Scalar.DOUBLE, span=span)
    return Literal(value=_int(digits, span), type=Scalar.INT, span=span)


def _int(digits: str, span: Span) -> int:
    value = int(digits)
    if not INT_MIN <= value <= INT_MAX:
        raise ExpressionError("this whole number does not fit into 64 bits", span.start)
    return value


def _decimal(digits: str, span: Span) -> Decimal:
    value = Decimal(digits)
    if abs(value) > DECIMAL_MAX or -int(value.as_tuple().exponent) > DECIMAL_PLACES:
        raise ExpressionError(
            f"a decimal has at most 29 digits before and {DECIMAL_PLACES} after the point", span.start
        )
    return value


def _double(digits: str, span: Span) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ExpressionError("this number is too large for a double", span.start)
    if Decimal(digits) != Decimal(repr(value)):
        raise ExpressionError("a double cannot hold all these digits: write m after them", span.start)
    return value


def string(text: str, span: Span) -> Literal:
    """Read a quoted text with the escapes backslash + `"`, `'`, backslash, `n`, `r`, `t` and `uXXXX`."""

    def unescape(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) == 5:
            return chr(int(code[1:], 16))
        if code not in _SIMPLE_ESCAPES:
            raise ExpressionError(f"\\{code} is not an escape", span.start + 1 + match.start())
        return _SIMPLE_ESCAPES[code]

    value = _SURROGATE_PAIR.sub(_join_surrogates, _ESCAPE.sub(unescape, text[1:-1]))
    if "\0" in value or _SURROGATE.search(value):
        raise ExpressionError("a text cannot hold \\u0000 or half of a surrogate pair", span.start)
    return Literal(value=value, type=Scalar.STRING, span=span)


def _join_surrogates(match: re.Match[str]) -> str:
    return match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def moment(parts: list[int], span: Span) -> Literal:
    """Read `new DateTime(year, month, day[, hour, minute, second[, millisecond[, microsecond]]])` as UTC."""
    if len(parts) not in (3, 6, 7, 8):
        raise ExpressionError(
            "new DateTime takes year, month, day and perhaps hour, minute, second", span.start
        )
    year, month, day, *clock = parts
    hour, minute, second, millisecond, microsecond = (clock + [0] * 5)[:5]
    if not (0 <= millisecond <= 999 and 0 <= microsecond <= 999):
        raise ExpressionError("there is no such millisecond or microsecond", span.start)
    microsecond += 1000 * millisecond
    try:
        value = datetime(year, month, day, hour, minute, second, microsecond, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ExpressionError("there is no such date and time", span.start) from None
    return Literal(value=value, type=Scalar.DATETIME, span=span)
