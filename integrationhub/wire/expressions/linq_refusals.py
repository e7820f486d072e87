"""Say why a text cannot be bound, and what to write instead."""

from collections.abc import Mapping
from difflib import get_close_matches

from lark import Token

from .errors import ExpressionError
from .schema import AmbiguousNameError, Property, Schema
from .tree import Expression, Literal
from .types import NUMBERS, Enumeration, Scalar, ValueType

_SPELLINGS: Mapping[ValueType, str] = {
    Scalar.GUID: 'write new Guid("…")',
    Scalar.DATETIME: "write new DateTime(year, month, day)",
    Scalar.DATE: "write new DateTime(year, month, day)",
    Scalar.INT: "write the number without quotes",
    Scalar.DECIMAL: "write the number without quotes",
    Scalar.DOUBLE: "write the number without quotes",
    Scalar.BOOLEAN: "write true or false without quotes",
}


def incomparable(left: Expression, right: Expression) -> str:
    """Explain why two types do not compare."""
    message = f"{left.type} cannot be compared with {right.type}"
    if left.type in NUMBERS and right.type in NUMBERS:
        return f"{message}: write (decimal) or (double) before one of them"
    for text, other in ((left, right), (right, left)):
        if isinstance(text, Literal) and text.type is Scalar.STRING:
            return _refused_text(text, other.type, message)
    return message


def _refused_text(text: Literal, wanted: ValueType, message: str) -> str:
    if isinstance(wanted, Enumeration):
        return f"{wanted} has no {text.value}: it is one of {', '.join(wanted.members)}"
    return f"{message}: {_SPELLINGS[wanted]}" if wanted in _SPELLINGS else message


def find(schema: Schema, name: Token) -> Property:
    """Find the property a text names, or refuse with the likely spelling."""
    position = name.start_pos or 0
    try:
        found = schema.find(name)
    except AmbiguousNameError as error:
        raise ExpressionError(f"{name} may be {error}: write one of them exactly", position) from None
    if found is None:
        close = get_close_matches(name, schema.names, n=1)
        hint = f": did you mean {close[0]}?" if close else ""
        raise ExpressionError(f"{schema.entity} has no property {name}{hint}", position)
    return found
