"""Calls of OData's functions, their arguments bound already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from integrationhub.wire.expressions import conversion, patterns
from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.functions import Function
from integrationhub.wire.expressions.tree import (
    Clock,
    Compare,
    Comparison,
    Conditional,
    Expression,
    Literal,
    Span,
)
from integrationhub.wire.expressions.types import Scalar

from . import promotion
from .refusals import UnsupportedError
from .syntax import Call, Constant, Path, Syntax
from .vocabulary import CAST_TARGETS, FUNCTIONS

_EXTREMES = {
    "mindatetime": datetime.min.replace(tzinfo=UTC),
    "maxdatetime": datetime.max.replace(tzinfo=UTC),
}
_ROUNDING = (Function.FLOOR, Function.CEILING, Function.ROUND_AWAY)


def call(node: Call, arguments: Sequence[Expression]) -> Expression:
    """Raises ExpressionError for an unknown function, or arguments that it does not take."""
    name, span = node.name.lower(), Span(node.start, node.end)
    if name == "now" and not arguments:
        return Clock(span=span)
    if name in _EXTREMES and not arguments:
        return Literal(value=_EXTREMES[name], type=Scalar.DATETIME, span=span)
    if name == "totaloffsetminutes" and [argument.type for argument in arguments] == [Scalar.DATETIME]:
        return _offset(arguments[0], span)
    if name not in FUNCTIONS:
        raise ExpressionError(f"An unknown function with name '{node.name[:128]}' was found", node.start)
    if any(map(conversion.is_null, arguments)):
        return Literal(value=None, type=Scalar.NULL, span=span)
    function = FUNCTIONS[name]
    if function is Function.SUBSTRING and _is_negative(arguments[1:]):
        called = _from_the_end(arguments, span)
    elif function is Function.MATCHES and len(arguments) == 2:
        called = conversion.call(function, [arguments[0], _pattern(arguments[1])], span)
    else:
        called = conversion.call(function, arguments, span)
    if called is None and function in _ROUNDING:
        called = promotion.whole(function, arguments, span)
    if called is None:
        given = ", ".join(str(argument.type) for argument in arguments)
        raise ExpressionError(f"'{name}' does not take ({given})", node.start)
    return called


def cast_as(operand: Expression, kind: Syntax, node: Call) -> Expression:
    """Raises UnsupportedError for a cast that might change a value."""
    name = type_name(kind)
    target = CAST_TARGETS.get(name.lower())
    converted = promotion.cast_to(operand, target) if target else None
    if converted is None:
        raise UnsupportedError(f"a cast of {operand.type} to '{name[:128]}' is not implemented", node.start)
    return converted


def _pattern(given: Expression) -> Literal:
    if not isinstance(given, Literal) or not isinstance(given.value, str):
        raise UnsupportedError("a pattern that is no literal is not implemented", given.span.start)
    try:
        return replace(given, value=patterns.canonical(given.value))
    except ExpressionError as error:
        kind = UnsupportedError if isinstance(error, patterns.UnknownPatternError) else ExpressionError
        message = f"at {error.position} of the pattern: {error.message}"
        raise kind(message, given.span.start) from None


def case(tests: Sequence[Expression], values: Sequence[Expression], span: Span) -> Expression:
    """The value beside the first test that is true, else null."""
    found: Expression = Literal(value=None, type=Scalar.NULL, span=span)
    for test, value in reversed(list(zip(tests, values, strict=True))):
        kind = value.type if found.type is Scalar.NULL else found.type
        found = Conditional(test=test, then=value, otherwise=found, type=kind, span=span)
    return found


def type_name(kind: Syntax) -> str:
    """The name that an argument gives to a type, quoted or not; "" where it is no name."""
    if isinstance(kind, Constant) and isinstance(kind.value, str):
        return kind.value
    return ".".join(part.name for part in kind.parts) if isinstance(kind, Path) else ""


def is_there(operand: Expression, span: Span) -> Expression:
    """That a value is not null."""
    null = Literal(value=None, type=Scalar.NULL, span=span)
    return Compare(operator=Comparison.NOT_EQUAL, left=operand, right=null, span=span)


def _offset(moment: Expression, span: Span) -> Expression:
    """The hub keeps moments in UTC."""
    return Conditional(
        test=is_there(moment, span),
        then=Literal(value=0, type=Scalar.INT, span=span),
        otherwise=Literal(value=None, type=Scalar.NULL, span=span),
        type=Scalar.INT,
        span=span,
    )


def _is_negative(counts: Sequence[Expression]) -> bool:
    first = counts[0] if counts else None
    return isinstance(first, Literal) and isinstance(first.value, int) and first.value < 0


def _from_the_end(arguments: Sequence[Expression], span: Span) -> Expression | None:
    """A negative start counts back from the end, and not beyond the beginning."""
    text, start, *length = arguments
    count = Literal(value=-cast(int, cast(Literal, start).value), type=Scalar.INT, span=span)
    zero = Literal(value=0, type=Scalar.INT, span=span)
    ending = conversion.call(Function.ENDING, [text, count], span)
    if ending is None or not length:
        return ending
    return conversion.call(Function.SUBSTRING, [ending, zero, *length], span)
