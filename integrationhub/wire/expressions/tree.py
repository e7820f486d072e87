"""The typed tree every front end produces and every back end reads.

Null rules belong to the nodes, so that a front end states its own by the nodes it builds:

- `Compare` and `In` never give null: null equals null alone, and an order with a null is false;
- `And`, `Or`, `Not` know three values: true, false, null (unknown);
- `Call`, `Arithmetic`, `Negate`, `Cast` give null for a null operand, and wherever there is no result:
  division by zero, a number or a date out of range;
- `NullAsFalse`, `Coalesce` and `Conditional` turn three values back into two.

A row matches when its tree is true; null does not match.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import NamedTuple, cast

from .arithmetic import Operator
from .functions import Function
from .types import Enumeration, Scalar, ValueType


class Span(NamedTuple):
    """Offsets of a node in its source text, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Node:
    """Two nodes are equal when they mean the same; where they stand in a text does not matter."""

    span: Span = field(compare=False, repr=False)

    @property
    def children(self) -> Iterator[Expression]:
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, Node):
                yield cast("Expression", value)
            elif part.name in ("arguments", "operands", "items"):
                yield from value


class Comparison(StrEnum):
    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="

    @property
    def is_equality(self) -> bool:
        return self in (Comparison.EQUAL, Comparison.NOT_EQUAL)


class Quantifier(StrEnum):
    ANY = "Any"
    ALL = "All"
    COUNT = "Count"


@dataclass(frozen=True, kw_only=True)
class Literal(Node):
    value: object
    type: Scalar | Enumeration


@dataclass(frozen=True, kw_only=True)
class Clock(Node):
    """The moment of evaluation, the same for every row of a scan."""

    @property
    def type(self) -> Scalar:
        return Scalar.DATETIME


@dataclass(frozen=True, kw_only=True)
class Member(Node):
    """A property of the row at `level`: 0 is the row tested, n the item of the n-th enclosing lambda."""

    name: str
    type: ValueType
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class Negate(Node):
    operand: Expression

    @property
    def type(self) -> ValueType:
        return self.operand.type


@dataclass(frozen=True, kw_only=True)
class Arithmetic(Node):
    """Both operands are Int, both Decimal or both Double, and so is the result; or moments and durations:
    DateTime - DateTime, DateTime + or - TimeSpan, TimeSpan + or - TimeSpan."""

    operator: Operator
    left: Expression
    right: Expression
    type: Scalar


@dataclass(frozen=True, kw_only=True)
class Cast(Node):
    """A number as another type of number, or a Date as the DateTime of its midnight."""

    operand: Expression
    type: Scalar


@dataclass(frozen=True, kw_only=True)
class Call(Node):
    function: Function
    arguments: tuple[Expression, ...]
    type: Scalar


@dataclass(frozen=True, kw_only=True)
class Coalesce(Node):
    left: Expression
    right: Expression
    type: ValueType


@dataclass(frozen=True, kw_only=True)
class Conditional(Node):
    """A test that is null chooses `otherwise`."""

    test: Expression
    then: Expression
    otherwise: Expression
    type: ValueType


@dataclass(frozen=True, kw_only=True)
class Condition(Node):
    """What all nodes of type Boolean with operands share."""

    @property
    def type(self) -> Scalar:
        return Scalar.BOOLEAN


@dataclass(frozen=True, kw_only=True)
class Compare(Condition):
    """Operands have one type, or one of them is the literal null."""

    operator: Comparison
    left: Expression
    right: Expression


@dataclass(frozen=True, kw_only=True)
class In(Condition):
    operand: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True)
class And(Condition):
    """Two operands or more, none of them an And."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True)
class Or(Condition):
    """Two operands or more, none of them an Or."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True)
class Not(Condition):
    operand: Expression


@dataclass(frozen=True, kw_only=True)
class NullAsFalse(Condition):
    operand: Expression


@dataclass(frozen=True, kw_only=True)
class Quantify(Node):
    """Any, All or Count of the items for which `body` is true; without a body, of all items.

    A null collection has no items. The body knows the item as the row at `level`.
    """

    quantifier: Quantifier
    collection: Member
    level: int
    body: Expression | None

    @property
    def type(self) -> Scalar:
        return Scalar.INT if self.quantifier is Quantifier.COUNT else Scalar.BOOLEAN


Expression = (
    Literal
    | Clock
    | Member
    | Negate
    | Arithmetic
    | Cast
    | Call
    | Coalesce
    | Conditional
    | Compare
    | In
    | And
    | Or
    | Not
    | NullAsFalse
    | Quantify
)


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield the expression and everything below it, parents first."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(list(node.children)))


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """List the clauses that must all be true for a row to match."""
    return expression.operands if isinstance(expression, And) else (expression,)


def conjunction(clauses: tuple[Expression, ...]) -> Expression | None:
    """Join clauses by And; none of them means no condition."""
    if len(clauses) < 2:
        return clauses[0] if clauses else None
    return And(operands=clauses, span=Span(clauses[0].span.start, clauses[-1].span.end))
