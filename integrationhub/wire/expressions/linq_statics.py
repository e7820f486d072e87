"""What C# reaches through a class: `DateTime.UtcNow`, `string.IsNullOrEmpty(…)`, `new Guid(…)`, enums."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from lark import Token

from . import linq_literals
from .conversion import call
from .errors import ExpressionError
from .functions import Function
from .linq_names import DAYS, STATIC_METHODS
from .schema import Schema
from .tree import Clock, Compare, Comparison, Expression, Literal, Or, Span
from .types import Enumeration, Scalar

ELEMENT_TYPES = ("string", "int", "long", "decimal", "double", "bool", "DateTime", "Guid")
_CLASSES = {owner for owner, _ in STATIC_METHODS} | {"string", "String", "Guid", "DateTime", "DayOfWeek"}


def is_class(name: str) -> bool:
    return name in _CLASSES


def member(schema: Schema, owner: str, name: Token, *, span: Span) -> Expression | None:
    """Give the value of `owner.name`, or None where the class has no such value."""
    if owner == "DateTime" and name == "Now":
        raise ExpressionError("the hub keeps time in UTC: write DateTime.UtcNow", span.start)
    if (owner, name) == ("DateTime", "UtcNow"):
        return Clock(span=span)
    if (owner, name) == ("DateTime", "Today"):
        return call(Function.MIDNIGHT, [Clock(span=span)], span)
    if owner == "DayOfWeek" and name in DAYS:
        return Literal(value=DAYS.index(name), type=Scalar.INT, span=span)
    if (owner, name) == ("Guid", "Empty"):
        return Literal(value=UUID(int=0), type=Scalar.GUID, span=span)
    if owner in ("string", "String") and name == "Empty":
        return Literal(value="", type=Scalar.STRING, span=span)
    return _enumeration_member(schema, owner, name, span=span)


def _enumeration_member(schema: Schema, owner: str, name: Token, *, span: Span) -> Expression | None:
    for each in schema.properties:
        if isinstance(each.type, Enumeration) and each.type.name == owner and name in each.type.members:
            return Literal(value=str(name), type=each.type, span=span)
    return None


def call_method(owner: str, name: Token, arguments: Sequence[Expression], *, span: Span) -> Expression:
    method = _METHODS.get(("string" if owner == "String" else owner, str(name)))
    if method is None:
        raise ExpressionError(f"{owner} has no method {name}", name.start_pos or 0)
    if len(arguments) != 1 or arguments[0].type is not Scalar.STRING:
        raise ExpressionError(f"{owner}.{name} takes one text", name.start_pos or 0)
    return method(arguments[0], span)


def _is_null_or_empty(text: Expression, span: Span) -> Expression:
    null = Literal(value=None, type=Scalar.NULL, span=span)
    return Or(operands=(_equal(text, null, span), _is_empty(text, span)), span=span)


def _is_null_or_white_space(text: Expression, span: Span) -> Expression:
    null = Literal(value=None, type=Scalar.NULL, span=span)
    trimmed = call(Function.TRIM, [text], span) or text
    return Or(operands=(_equal(text, null, span), _is_empty(trimmed, span)), span=span)


def _is_empty(text: Expression, span: Span) -> Expression:
    return _equal(text, Literal(value="", type=Scalar.STRING, span=span), span)


def _equal(left: Expression, right: Expression, span: Span) -> Expression:
    return Compare(operator=Comparison.EQUAL, left=left, right=right, span=span)


def _guid(text: Expression, span: Span) -> Expression:
    try:
        value = UUID(str(text.value) if isinstance(text, Literal) else "")
    except ValueError:
        raise ExpressionError(
            "a Guid is spelled out: 8-4-4-4-12 hexadecimal digits", text.span.start
        ) from None
    return Literal(value=value, type=Scalar.GUID, span=span)


_METHODS: Mapping[tuple[str, str], Callable[[Expression, Span], Expression]] = {
    ("string", "IsNullOrEmpty"): _is_null_or_empty,
    ("string", "IsNullOrWhiteSpace"): _is_null_or_white_space,
    ("Guid", "Parse"): _guid,
}


def construct(name: Token, arguments: Sequence[Expression], span: Span) -> Expression:
    """Evaluate `new DateTime(…)` and `new Guid(…)`; nothing else can be made."""
    if name == "DateTime":
        return linq_literals.moment([_whole_number(argument) for argument in arguments], span)
    if name == "Guid":
        return call_method("Guid", Token("NAME", "Parse", start_pos=span.start), arguments, span=span)
    raise ExpressionError(f"new {name} is unknown: there are new DateTime, new Guid and new[]", span.start)


def _whole_number(argument: Expression) -> int:
    if isinstance(argument, Literal) and argument.type is Scalar.INT and isinstance(argument.value, int):
        return argument.value
    raise ExpressionError("new DateTime takes plain whole numbers", argument.span.start)


def check_element_type(name: object) -> None:
    if isinstance(name, Token) and name not in ELEMENT_TYPES:
        raise ExpressionError(f"{name} is no type of list items", name.start_pos or 0)
