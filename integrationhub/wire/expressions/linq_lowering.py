"""Spell out as nodes what C# leaves unsaid: its null rules and its conversions."""

from collections.abc import Sequence
from typing import cast

from .conversion import unify
from .facts import never_null
from .operations import NEGATIONS
from .tree import Cast, Coalesce, Expression, Literal, Negate, NullAsFalse, Span
from .types import NUMBERS, Scalar


def negated(operand: Expression, span: Span) -> Expression:
    """A negated literal is a literal, so that it is written as one."""
    if isinstance(operand, Literal):
        value = NEGATIONS[cast(Scalar, operand.type)](operand.value)
        if value is not None:
            return Literal(value=value, type=operand.type, span=span)
    return Negate(operand=operand, span=span)


def two_valued(expression: Expression) -> Expression:
    """A condition that is null does not hold."""
    return expression if never_null(expression) else NullAsFalse(operand=expression, span=expression.span)


def or_empty(text: Expression) -> Expression:
    """C# joins null as the empty text."""
    if never_null(text):
        return text
    empty = Literal(value="", type=Scalar.STRING, span=text.span)
    return Coalesce(left=text, right=empty, type=Scalar.STRING, span=text.span)


def as_moment(expression: Expression) -> Expression:
    """A day has the members of its midnight."""
    if expression.type is Scalar.DATE:
        return Cast(operand=expression, type=Scalar.DATETIME, span=expression.span)
    return expression


def operands(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Prepare two values for arithmetic."""
    if left.type in NUMBERS and right.type in NUMBERS:
        return unify(left, right) or (left, right)
    return as_moment(left), as_moment(right)


def widest(operand: Expression, items: Sequence[Expression]) -> Expression:
    """Widen what is looked for to the items of the list."""
    for item in items:
        if pair := unify(operand, item):
            operand = pair[0]
    return operand
