"""Calls of OData's functions, their arguments bound already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from integrationhub.wire.expressions import conversion
from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.functions import Function
from integrationhub.wire.expressions.tree import Clock, Expression, Literal, Span
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
    if name not in FUNCTIONS:
        raise ExpressionError(f"An unknown function with name '{node.name[:128]}' was found", node.start)
    if any(map(conversion.is_null, arguments)):
        return Literal(value=None, type=Scalar.NULL, span=span)
    function = FUNCTIONS[name]
    called = conversion.call(function, arguments, span)
    if called is None and function in _ROUNDING:
        called = promotion.whole(function, arguments, span)
    if called is None:
        given = ", ".join(str(argument.type) for argument in arguments)
        raise ExpressionError(f"'{name}' does not take ({given})", node.start)
    return called


def cast_as(operand: Expression, kind: Syntax, node: Call) -> Expression:
    """Raises UnsupportedError for a cast that might change a value."""
    name = ".".join(part.name for part in kind.parts) if isinstance(kind, Path) else ""
    if isinstance(kind, Constant) and isinstance(kind.value, str):
        name = kind.value
    target = CAST_TARGETS.get(name.lower())
    converted = promotion.cast_to(operand, target) if target else None
    if converted is None:
        raise UnsupportedError(f"a cast of {operand.type} to '{name[:128]}' is not implemented", node.start)
    return converted
