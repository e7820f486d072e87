"""The reference meaning of an expression: plain Python over a row of typed values."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any, NamedTuple

from .facts import property_names
from .functions import CASTS, OVERLOADS
from .moments import to_utc
from .operations import NEGATIONS, OPERATIONS
from .tree import (
    And,
    Arithmetic,
    Call,
    Cast,
    Clock,
    Coalesce,
    Compare,
    Comparison,
    Conditional,
    Expression,
    In,
    Literal,
    Member,
    Negate,
    Not,
    NullAsFalse,
    Or,
    Quantifier,
    Quantify,
    conjuncts,
)
from .types import Scalar

Row = Mapping[str, object]


class Scope(NamedTuple):
    """The rows in sight, outermost first, and the moment of evaluation."""

    rows: tuple[Row, ...]
    now: datetime


Evaluate = Callable[[Scope], Any]  # typed by the tree, not by Python


def compile_predicate(expression: Expression) -> Callable[[Row, datetime], bool]:
    """Make the function that says whether a row matches at `now` (aware).

    A row maps property names to values of their types (`types.Scalar`); a name that is absent is null.
    The function raises for no row that fits the schema.
    """
    evaluate = evaluator(expression)
    return lambda row, now: evaluate(Scope((row,), now)) is True


@dataclass(frozen=True)
class Clause:
    """One of the conditions a row must meet: the node, whether it is met, and the values it looked at."""

    expression: Expression
    matched: bool
    values: Row

    def source(self, text: str) -> str:
        """Cut the clause out of the text it was parsed from."""
        return text[slice(*self.expression.span)]


def explain(expression: Expression, row: Row, now: datetime) -> list[Clause]:
    """Judge each top-level clause apart, so that a person sees why a row matches or does not."""
    return [
        Clause(
            expression=clause,
            matched=compile_predicate(clause)(row, now),
            values={name: row.get(name) for name in sorted(property_names(clause))},
        )
        for clause in conjuncts(expression)
    ]


@singledispatch
def evaluator(node: Expression) -> Evaluate:
    """Make the function that gives the value of a node; None is null."""
    raise NotImplementedError(type(node).__name__)


@evaluator.register
def _(node: Literal) -> Evaluate:
    value = node.value
    return lambda _scope: value


@evaluator.register
def _(node: Clock) -> Evaluate:
    return lambda scope: to_utc(scope.now)


@evaluator.register
def _(node: Member) -> Evaluate:
    level, name = node.level, node.name
    if node.type is Scalar.DATETIME:
        return lambda scope: _moment(scope.rows[level].get(name))
    return lambda scope: scope.rows[level].get(name)


def _moment(value: object) -> datetime | None:
    return to_utc(value) if isinstance(value, datetime) else None


def _null_safe(function: Callable[..., object], *operands: Evaluate) -> Evaluate:
    """Apply a function to values that are all there; null otherwise."""
    if len(operands) == 2:
        return _null_safe_pair(function, *operands)

    def apply(scope: Scope) -> object:
        values = [operand(scope) for operand in operands]
        return None if None in values else function(*values)

    return apply


def _null_safe_pair(function: Callable[..., object], left: Evaluate, right: Evaluate) -> Evaluate:
    """The same for two, as most have: in half the time."""

    def apply(scope: Scope) -> object:
        one, other = left(scope), right(scope)
        return None if one is None or other is None else function(one, other)

    return apply


@evaluator.register
def _(node: Negate) -> Evaluate:
    return _null_safe(NEGATIONS[Scalar(str(node.type))], evaluator(node.operand))


@evaluator.register
def _(node: Arithmetic) -> Evaluate:
    left, right = node.left, node.right
    operation = OPERATIONS[node.operator, Scalar(str(left.type)), Scalar(str(right.type))]
    return _null_safe(operation.evaluate, evaluator(left), evaluator(right))


@evaluator.register
def _(node: Cast) -> Evaluate:
    return _null_safe(CASTS[Scalar(str(node.operand.type)), node.type], evaluator(node.operand))


@evaluator.register
def _(node: Call) -> Evaluate:
    types = tuple(argument.type for argument in node.arguments)
    overload = next(each for each in OVERLOADS[node.function] if each.parameters == types)
    return _null_safe(overload.evaluate, *map(evaluator, node.arguments))


@evaluator.register
def _(node: Coalesce) -> Evaluate:
    left, right = evaluator(node.left), evaluator(node.right)

    def first_value(scope: Scope) -> object:
        value = left(scope)
        return right(scope) if value is None else value

    return first_value


@evaluator.register
def _(node: Conditional) -> Evaluate:
    test, then, otherwise = evaluator(node.test), evaluator(node.then), evaluator(node.otherwise)
    return lambda scope: then(scope) if test(scope) else otherwise(scope)


_ORDERS: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
    Comparison.GREATER: operator.gt,
    Comparison.GREATER_OR_EQUAL: operator.ge,
}


@evaluator.register
def _(node: Compare) -> Evaluate:
    left, right = evaluator(node.left), evaluator(node.right)
    if node.operator is Comparison.EQUAL:
        return lambda scope: left(scope) == right(scope)
    if node.operator is Comparison.NOT_EQUAL:
        return lambda scope: left(scope) != right(scope)
    ordered = _null_safe(_ORDERS[node.operator], left, right)
    return lambda scope: ordered(scope) is True


@evaluator.register
def _(node: In) -> Evaluate:
    operand, items = evaluator(node.operand), [evaluator(item) for item in node.items]

    def is_listed(scope: Scope) -> bool:
        value = operand(scope)
        return any(item(scope) == value for item in items)

    return is_listed


@evaluator.register
def _(node: And) -> Evaluate:
    operands = [evaluator(operand) for operand in node.operands]
    return lambda scope: _decide(operands, scope, deciding=False)


@evaluator.register
def _(node: Or) -> Evaluate:
    operands = [evaluator(operand) for operand in node.operands]
    return lambda scope: _decide(operands, scope, deciding=True)


def _decide(operands: list[Evaluate], scope: Scope, *, deciding: bool) -> bool | None:
    """One deciding operand settles it; else one unknown operand leaves it unknown."""
    unknown = False
    for operand in operands:
        value: bool | None = operand(scope)
        if value is deciding:
            return deciding
        unknown = unknown or value is None
    return None if unknown else not deciding


@evaluator.register
def _(node: Not) -> Evaluate:
    return _null_safe(lambda value: not value, evaluator(node.operand))


@evaluator.register
def _(node: NullAsFalse) -> Evaluate:
    operand = evaluator(node.operand)
    return lambda scope: operand(scope) is True


@evaluator.register
def _(node: Quantify) -> Evaluate:
    collection, body = evaluator(node.collection), evaluator(node.body) if node.body else None

    def matches(scope: Scope) -> list[bool]:
        items: Sequence[Row] = collection(scope) or ()
        return [body is None or body(Scope((*scope.rows, item), scope.now)) is True for item in items]

    summaries: Mapping[Quantifier, Callable[[list[bool]], object]] = {
        Quantifier.ANY: any,
        Quantifier.ALL: all,
        Quantifier.COUNT: sum,
    }
    summary = summaries[node.quantifier]
    return lambda scope: summary(matches(scope))
