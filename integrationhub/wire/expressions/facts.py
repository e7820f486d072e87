"""What can be said of an expression without a row."""

from .functions import Function
from .tree import (
    Call,
    Clock,
    Coalesce,
    Compare,
    Comparison,
    Condition,
    Conditional,
    Expression,
    In,
    Literal,
    Member,
    NullAsFalse,
    Quantify,
    walk,
)
from .types import MOMENTS, Scalar


def reads_clock(expression: Expression) -> bool:
    """Say whether a row may start or stop to match by time alone."""
    return any(isinstance(node, Clock) for node in walk(expression))


def reads_navigation(expression: Expression) -> bool:
    """Say whether the expression looks into a collection."""
    return any(isinstance(node, Quantify) for node in walk(expression))


def reads_rows(expression: Expression) -> bool:
    """Say whether the value depends on a row at all."""
    return any(isinstance(node, Member) for node in walk(expression))


def has_date_bound(expression: Expression) -> bool:
    """Say whether some comparison holds a moment against another, as an expiry does."""
    return any(isinstance(node, Compare) and _bounds_moment(node) for node in walk(expression))


def _bounds_moment(node: Compare) -> bool:
    if node.operator is Comparison.NOT_EQUAL or Scalar.NULL in (node.left.type, node.right.type):
        return False
    return any(part.type in MOMENTS for part in walk(node))


def property_names(expression: Expression) -> frozenset[str]:
    """Name the properties of the tested row that the expression reads."""
    return frozenset(node.name for node in walk(expression) if isinstance(node, Member) and node.level == 0)


def never_null(expression: Expression) -> bool:
    """Say whether the value is known to be there, whatever the row."""
    match expression:
        case Literal(value=value):
            return value is not None
        case Clock() | Compare() | In() | NullAsFalse() | Quantify():
            return True
        case Coalesce(left=left, right=right):
            return never_null(left) or never_null(right)
        case Conditional(then=then, otherwise=otherwise):
            return never_null(then) and never_null(otherwise)
        case Call(function=Function.CONCAT) | Condition():
            return all(never_null(child) for child in expression.children)
        case _:
            return False
