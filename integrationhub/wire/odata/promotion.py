"""Bring operands to one type by OData's rules: numbers promote, texts turn into what they stand beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, cast

from integrationhub.wire.expressions import conversion
from integrationhub.wire.expressions.arithmetic import decimal_within_range
from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.functions import Function
from integrationhub.wire.expressions.tree import Call, Cast, Expression, Literal, Member, Node, Quantify, Span
from integrationhub.wire.expressions.types import NUMBERS, Enumeration, Scalar, ValueType

from . import literals
from .decoding import WrongValueError
from .edm import EnumType
from .scalars import PRIMITIVES

Pair = tuple[Expression, Expression]


def fit(left: Expression, right: Expression) -> Pair | None:
    """Both as one type, or None where there is none. Raises ExpressionError for a text that is no value."""
    left, right = _read_beside(left, right.type), _read_beside(right, left.type)
    left, right = _doubled(left, right), _doubled(right, left)
    return conversion.unify(left, right)


def operands(left: Expression, right: Expression, operator: str) -> Pair:
    """Prepare two values for arithmetic; `divby` never divides whole numbers."""
    if left.type in NUMBERS and right.type in NUMBERS:
        left, right = fit(left, right) or (left, right)
        if operator == "divby" and left.type is Scalar.INT:
            return _widened(left, Scalar.DECIMAL), _widened(right, Scalar.DECIMAL)
        return left, right
    return _as_moment(left), _as_moment(right)


def alike(values: Sequence[Expression]) -> list[Expression] | None:
    """All as one type, or None where there is none."""
    common = values[0]
    for value in values[1:]:
        pair = fit(common, value)
        if pair is None:
            return None
        common = pair[1] if conversion.is_null(pair[0]) else pair[0]
    fitted = [fit(value, common) for value in values]
    return None if None in fitted else [pair[0] for pair in fitted if pair]


def whole(function: Function, arguments: Sequence[Expression], span: Span) -> Call | None:
    """Rounding a whole number: it stands for the Decimal of its value."""
    if len(arguments) != 1 or arguments[0].type is not Scalar.INT:
        return None
    return conversion.call(function, [_widened(arguments[0], Scalar.DECIMAL)], span)


def cast_to(operand: Expression, target: Scalar) -> Expression | None:
    """A cast that keeps every value; None for any other."""
    if operand.type is target or conversion.is_null(operand):
        return operand
    if isinstance(operand, Literal) and operand.type is Scalar.STRING and target in PRIMITIVES:
        return read_text(operand, target)
    return conversion.convert(operand, target)


def read_text(text: Literal, target: Scalar) -> Literal:
    """The value that a text stands for; a day is its first moment. Raises ExpressionError."""
    spelled = str(text.value)
    if target is Scalar.DATETIME and len(spelled) == len("2026-01-31"):
        day = read_text(text, Scalar.DATE)
        return cast(Literal, conversion.convert(day, target))
    try:
        value = literals.from_text(spelled, PRIMITIVES[target])
    except WrongValueError as error:
        raise ExpressionError(f"'{spelled[:100]}' {error}", text.span.start) from None
    if isinstance(value, Decimal):
        value = decimal_within_range(value)
    return Literal(value=value, type=target, span=text.span)


def enumerated(text: str, kind: EnumType, span: Span) -> Literal:
    """A member of an enumeration, as the column keeps it. Raises ExpressionError."""
    number = kind.number_of(text)
    if number is None:
        raise ExpressionError(f"'{text[:100]}' is no member of {kind.name}", span.start)
    if kind.stored_as_number:
        return Literal(value=number, type=Scalar.INT, span=span)
    return Literal(value=kind.name_of(number), type=Enumeration(kind.name, tuple(kind.members)), span=span)


def as_number(expression: Expression, kind: EnumType | None) -> Expression:
    """A text beside an enumeration that is kept as numbers is one of its names."""
    if kind and isinstance(expression, Literal) and expression.type is Scalar.STRING:
        return enumerated(str(expression.value), kind, expression.span)
    return expression


def at_level(expression: Expression, level: int) -> Expression:
    """The same, its outermost row `level` lambdas further in."""
    moved: dict[str, Any] = {}
    for part in fields(expression):
        value = getattr(expression, part.name)
        if isinstance(value, Node):
            moved[part.name] = at_level(cast("Expression", value), level)
        elif isinstance(value, tuple) and part.name in ("arguments", "operands", "items"):
            moved[part.name] = tuple(at_level(each, level) for each in value)
    if isinstance(expression, Member | Quantify):
        moved["level"] = expression.level + level
    return replace(expression, **moved)


def _read_beside(expression: Expression, kind: ValueType) -> Expression:
    is_text = isinstance(expression, Literal) and expression.type is Scalar.STRING
    if is_text and isinstance(kind, Scalar) and kind in PRIMITIVES:
        return read_text(cast(Literal, expression), kind)
    return expression


def _doubled(expression: Expression, other: Expression) -> Expression:
    """A Decimal beside a Double becomes one, but the literal of a Double becomes a Decimal instead."""
    if expression.type is not Scalar.DECIMAL or other.type is not Scalar.DOUBLE:
        return expression
    if isinstance(expression, Literal):
        return Literal(value=float(cast(Decimal, expression.value)), type=Scalar.DOUBLE, span=expression.span)
    return expression if isinstance(other, Literal) else _widened_to_double(expression)


def _widened_to_double(expression: Expression) -> Expression:
    return Cast(operand=expression, type=Scalar.DOUBLE, span=expression.span)


def _widened(expression: Expression, target: Scalar) -> Expression:
    return conversion.convert(expression, target) or expression


def _as_moment(expression: Expression) -> Expression:
    return _widened(expression, Scalar.DATETIME) if expression.type is Scalar.DATE else expression
