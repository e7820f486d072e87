"""Hand the database the clauses it answers exactly as the reference does; keep the rest for Python."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import BooleanField, Q, TextField

from . import columns as encodings
from .columns import ORDINAL, Column, Vendor
from .facts import reads_rows
from .predicate import Scope, evaluator
from .sql_functions import RENDERINGS
from .sql_template import Template
from .tree import (
    And,
    Call,
    Cast,
    Compare,
    Comparison,
    Expression,
    In,
    Member,
    Not,
    NullAsFalse,
    Or,
    conjunction,
    conjuncts,
)
from .types import Scalar


@dataclass(frozen=True)
class Split:
    """Rows match that meet the condition and then the residual; None of either demands nothing."""

    condition: Q | None
    residual: Expression | None


class NotProvenError(Exception):
    """The database has no form of this node that is known to equal the reference."""


def split(expression: Expression, columns: Mapping[str, Column], *, vendor: Vendor, now: datetime) -> Split:
    """Divide a filter between the database and Python, clause by clause.

    `columns` says where the database keeps each property; clauses on others stay in the residual.
    """
    translator = Translator(columns, vendor, now)
    condition, residual = Q(), []
    for clause in conjuncts(expression):
        try:
            condition &= Q(translator.condition(clause, exact=False))
        except NotProvenError:
            residual.append(clause)
    return Split(condition or None, conjunction(tuple(residual)))


class Translator:
    """Turn nodes into SQL, or raise NotProvenError.

    A condition is `exact` when its null must stay apart from false, as below a Not. At the top of a filter
    null and false are one, and the plain SQL operators can use an index.
    """

    def __init__(self, columns: Mapping[str, Column], vendor: Vendor, now: datetime) -> None:
        self._columns = columns
        self._vendor = vendor
        self._now = now

    def condition(self, node: Expression, *, exact: bool) -> Template:
        if not reads_rows(node):
            return _constant_condition(self._value(node))
        translate = self._CONDITIONS.get(type(node))
        if translate is None:
            raise NotProvenError
        return translate(self, node, exact)

    def term(self, node: Expression) -> Column:
        """Translate a node that reads rows as a value."""
        if node.type is Scalar.BOOLEAN and not isinstance(node, Member):
            return Column(self.condition(node, exact=True), encodings.encode_boolean)
        translate = self._TERMS.get(type(node))
        if translate is None:
            raise NotProvenError
        return translate(self, node)

    def _value(self, node: Expression) -> object:
        return evaluator(node)(Scope((), self._now))

    # Conditions

    def _member_condition(self, node: Member, exact: bool) -> Template:
        return _boolean("{0}", self.term(node).expression)

    def _and(self, node: And, exact: bool) -> Template:
        return self._join(" AND ", node.operands, exact)

    def _or(self, node: Or, exact: bool) -> Template:
        return self._join(" OR ", node.operands, exact)

    def _join(self, word: str, operands: tuple[Expression, ...], exact: bool) -> Template:
        parts = [self.condition(operand, exact=exact) for operand in operands]
        return _boolean(f"({word.join(f'{{{index}}}' for index in range(len(parts)))})", *parts)

    def _not(self, node: Not, exact: bool) -> Template:
        return _boolean("(NOT {0})", self.condition(node.operand, exact=True))

    def _null_as_false(self, node: NullAsFalse, exact: bool) -> Template:
        return _two_valued(self.condition(node.operand, exact=exact), exact)

    def _call_condition(self, node: Call, exact: bool) -> Template:
        return cast(Template, self._call(node).expression)

    def _in(self, node: In, exact: bool) -> Template:
        if not reads_rows(node.operand) or any(reads_rows(item) for item in node.items):
            equalities = (
                Compare(operator=Comparison.EQUAL, left=node.operand, right=item, span=node.span)
                for item in node.items
            )
            return self._join(" OR ", tuple(equalities), exact)
        return self._listed(self.term(node.operand), [self._value(item) for item in node.items], exact)

    def _listed(self, term: Column, values: list[Any], exact: bool) -> Template:
        present = [term.encode(value) for value in values if value is not None]
        holes = ", ".join(f"{{{index}}}" for index in range(1, len(present) + 1))
        listed = _boolean(f"({{0}} IN ({holes}))", term.expression, *present) if present else _FALSE
        if None not in values:
            return _two_valued(listed, exact)
        return _boolean("({0} OR {1} IS NULL)", _two_valued(listed, exact), term.expression)

    def _compare(self, node: Compare, exact: bool) -> Template:
        if not reads_rows(node.left):
            return self._compare_value(_MIRRORED[node.operator], node.right, self._value(node.left), exact)
        if not reads_rows(node.right):
            return self._compare_value(node.operator, node.left, self._value(node.right), exact)
        left, right = self.term(node.left), self.term(node.right)
        if left.encode is not right.encode:
            raise NotProvenError
        if node.operator.is_equality:
            return self._null_safe(node.operator, left.expression, right.expression)
        return self._ordered(node.operator, left, right.expression, exact=exact)

    def _compare_value(self, operator: Comparison, node: Expression, value: object, exact: bool) -> Template:
        term = self.term(node)
        if value is None:
            return _boolean(_NULL_TESTS[operator], term.expression)
        constant = term.encode(value)
        if operator is Comparison.EQUAL:
            return _two_valued(_boolean("({0} = {1})", term.expression, constant), exact)
        if operator is Comparison.NOT_EQUAL:
            return self._null_safe(operator, term.expression, constant)
        return self._ordered(operator, term, constant, exact=exact)

    def _null_safe(self, operator: Comparison, left: Any, right: Any) -> Template:
        return _boolean(f"({{0}} {_NULL_SAFE[self._vendor, operator]} {{1}})", left, right)

    def _ordered(self, operator: Comparison, left: Column, right: Any, *, exact: bool) -> Template:
        collated = ' COLLATE "C"' if self._vendor == "postgresql" and left.encode in ORDINAL else ""
        return _two_valued(_boolean(f"({{0}}{collated} {operator} {{1}})", left.expression, right), exact)

    # Terms

    def _member(self, node: Member) -> Column:
        if node.level or node.name not in self._columns:
            raise NotProvenError
        return self._columns[node.name]

    def _cast(self, node: Cast) -> Column:
        operand = self.term(node.operand)
        if operand.encode is not encodings.encode_date_text:
            raise NotProvenError
        sql = Template("({0} || 'T00:00:00.000000Z')", operand.expression, output_field=TextField())
        return Column(sql, encodings.encode_moment_text)

    def _call(self, node: Call) -> Column:
        rendering = RENDERINGS[self._vendor].get(node.function)
        if rendering is None:
            raise NotProvenError
        arguments = [self._argument(argument) for argument in node.arguments]
        sql = Template(rendering.sql, *arguments, output_field=rendering.output())
        return Column(sql, rendering.encode)

    def _argument(self, node: Expression) -> Any:
        encode = _ARGUMENTS.get(node.type)
        if not reads_rows(node):
            value = self._value(node)
            if value is None or encode is None:
                raise NotProvenError
            return encode(value)
        term = self.term(node)
        if term.encode is not encode:
            raise NotProvenError
        return term.expression

    _CONDITIONS: Mapping[type, Callable[..., Template]] = {
        Member: _member_condition,
        And: _and,
        Or: _or,
        Not: _not,
        NullAsFalse: _null_as_false,
        Call: _call_condition,
        In: _in,
        Compare: _compare,
    }
    _TERMS: Mapping[type, Callable[..., Column]] = {Member: _member, Cast: _cast, Call: _call}


_ARGUMENTS: Mapping[Any, Callable[[object], Any]] = {
    Scalar.STRING: encodings.encode_text,
    Scalar.DATETIME: encodings.encode_moment_text,
}
_MIRRORED: Mapping[Comparison, Comparison] = {
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.NOT_EQUAL: Comparison.NOT_EQUAL,
    Comparison.LESS: Comparison.GREATER,
    Comparison.LESS_OR_EQUAL: Comparison.GREATER_OR_EQUAL,
    Comparison.GREATER: Comparison.LESS,
    Comparison.GREATER_OR_EQUAL: Comparison.LESS_OR_EQUAL,
}
_NULL_SAFE: Mapping[tuple[Vendor, Comparison], str] = {
    ("postgresql", Comparison.EQUAL): "IS NOT DISTINCT FROM",
    ("postgresql", Comparison.NOT_EQUAL): "IS DISTINCT FROM",
    ("sqlite", Comparison.EQUAL): "IS",
    ("sqlite", Comparison.NOT_EQUAL): "IS NOT",
}
_NULL_TESTS: Mapping[Comparison, str] = {
    Comparison.EQUAL: "({0} IS NULL)",
    Comparison.NOT_EQUAL: "({0} IS NOT NULL)",
    **dict.fromkeys(
        (
            Comparison.LESS,
            Comparison.LESS_OR_EQUAL,
            Comparison.GREATER,
            Comparison.GREATER_OR_EQUAL,
        ),
        "FALSE",
    ),
}


def _boolean(sql: str, *expressions: Any) -> Template:
    return Template(sql, *expressions, output_field=BooleanField())


_TRUE, _FALSE, _NULL = _boolean("TRUE"), _boolean("FALSE"), _boolean("NULL")


def _constant_condition(value: object) -> Template:
    return _NULL if value is None else _TRUE if value else _FALSE


def _two_valued(condition: Template, exact: bool) -> Template:
    return _boolean("COALESCE({0}, FALSE)", condition) if exact else condition
