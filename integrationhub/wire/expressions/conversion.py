"""Fit operands to each other: the implicit conversions all front ends share."""

from collections.abc import Sequence

from .functions import CASTS, OVERLOADS, Function, Overload
from .tree import Call, Cast, Expression, Literal, Span
from .types import Collection, Enumeration, Scalar, ValueType, widens


def is_null(expression: Expression) -> bool:
    return isinstance(expression, Literal) and expression.value is None


def convert(expression: Expression, target: ValueType) -> Expression | None:
    """Give the expression as the target type, or None where that would need a cast or is impossible."""
    if expression.type == target:
        return expression
    if isinstance(expression, Literal):
        return _convert_literal(expression, target)
    if isinstance(target, Scalar) and widens(expression.type, target):
        return Cast(operand=expression, type=target, span=expression.span)
    return None


def _convert_literal(literal: Literal, target: ValueType) -> Expression | None:
    """A literal bends further than a value: a double to a Decimal, a text to the name it spells."""
    if isinstance(target, Enumeration):
        named = literal.type is Scalar.STRING and literal.value in target.members
        return Literal(value=literal.value, type=target, span=literal.span) if named else None
    if not isinstance(target, Scalar):
        return None
    if widens(literal.type, target) or (literal.type, target) == (Scalar.DOUBLE, Scalar.DECIMAL):
        return cast_literal(literal, target)
    return None


def cast_literal(literal: Literal, target: Scalar) -> Literal | None:
    """Cast now what would be cast for each row; None where the value does not fit or no cast exists."""
    if not isinstance(literal.type, Scalar) or literal.value is None:
        return None
    if literal.type is target:
        return literal
    value = CASTS[literal.type, target](literal.value) if (literal.type, target) in CASTS else None
    return None if value is None else Literal(value=value, type=target, span=literal.span)


def unify(left: Expression, right: Expression) -> tuple[Expression, Expression] | None:
    """Bring two operands to one type. The literal null fits every value and stays as it is."""
    if isinstance(left.type, Collection) or isinstance(right.type, Collection):
        return None
    if is_null(left) or is_null(right):
        return left, right
    if converted := convert(right, left.type):
        return left, converted
    if converted := convert(left, right.type):
        return converted, right
    return None


def call(function: Function, arguments: Sequence[Expression], span: Span) -> Call | None:
    """Call the overload of exactly these types, else the first they convert to; None where there is none."""
    types = tuple(argument.type for argument in arguments)
    for overload in sorted(OVERLOADS[function], key=lambda each: each.parameters != types):
        if converted := _fit(overload, arguments):
            return Call(function=function, arguments=converted, type=overload.result, span=span)
    return None


def _fit(overload: Overload, arguments: Sequence[Expression]) -> tuple[Expression, ...] | None:
    if len(overload.parameters) != len(arguments):
        return None
    pairs = zip(arguments, overload.parameters, strict=True)
    converted = [convert(argument, parameter) for argument, parameter in pairs]
    fitting = tuple(each for each in converted if each is not None)
    return fitting if len(fitting) == len(arguments) else None
