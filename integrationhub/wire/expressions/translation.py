"""Turn nodes into SQL that equals the reference, null for null."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, BooleanField, DecimalField, TextField

from .arithmetic import Operator
from .bounds import result_bounds
from .columns import (
    DEFAULTS,
    Column,
    Encode,
    Vendor,
    encode_boolean,
    encode_decimal,
    encode_int,
    storage,
)
from .errors import NotProvenError
from .facts import reads_rows
from .functions import Function
from .isolation import Test, isolate
from .predicate import Scope, evaluator
from .sql_functions import (
    ARGUMENTS,
    BIT_ARGUMENTS,
    CASTS,
    RECODINGS,
    Rendering,
    encode_position,
    rendering,
)
from .sql_operators import MIRRORED, NULL_SAFE, WHOLE, collation, null_test
from .sql_template import Template
from .tree import (
    And,
    Arithmetic,
    Call,
    Cast,
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
)
from .types import Scalar, ValueType

_EXACT_OPERATORS = (Operator.ADD, Operator.SUBTRACT, Operator.MULTIPLY)


class Translator:
    """Give the SQL of a node, or raise NotProvenError.

    A condition is `exact` when its null must stay apart from false, as below a Not. At the top of a filter
    null and false are one, and the plain SQL operators can use an index.
    """

    def __init__(self, columns: Mapping[str, Column], vendor: Vendor, now: datetime) -> None:
        self._columns = columns
        self._vendor = vendor
        self._now = now

    def condition(self, node: Expression, *, exact: bool) -> Template:
        if not reads_rows(node):
            return _constant(self._value(node))
        if translate := self._CONDITIONS.get(type(node)):
            return translate(self, node, exact)
        return _boolean("{0}", self.term(node).expression)

    def term(self, node: Expression) -> Column:
        """Translate a node that reads rows as a value."""
        if translate := self._TERMS.get(type(node)):
            return translate(self, node)
        if type(node) in self._CONDITIONS:
            return Column(self.condition(node, exact=True), encode_boolean)
        raise NotProvenError

    def _value(self, node: Expression) -> Any:
        return evaluator(node)(Scope((), self._now))

    # Conditions

    def _and(self, node: And, exact: bool) -> Template:
        return _joined(" AND ", [self.condition(operand, exact=exact) for operand in node.operands])

    def _or(self, node: Or, exact: bool) -> Template:
        return _joined(" OR ", [self.condition(operand, exact=exact) for operand in node.operands])

    def _not(self, node: Not, exact: bool) -> Template:
        return _boolean("(NOT {0})", self.condition(node.operand, exact=True))

    def _null_as_false(self, node: NullAsFalse, exact: bool) -> Template:
        return _two_valued(self.condition(node.operand, exact=exact), exact)

    def _in(self, node: In, exact: bool) -> Template:
        if reads_rows(node.operand) and not any(map(reads_rows, node.items)):
            return self._listed(self.term(node.operand), [self._value(item) for item in node.items], exact)
        equalities = (
            Compare(operator=Comparison.EQUAL, left=node.operand, right=item, span=node.span)
            for item in node.items
        )
        return _joined(" OR ", [self.condition(each, exact=exact) for each in equalities])

    def _listed(self, term: Column, values: list[Any], exact: bool) -> Template:
        present = [term.encode(value) for value in values if value is not None]
        holes = ", ".join(f"{{{index}}}" for index in range(1, len(present) + 1))
        collated = collation(self._vendor, term.encode, Comparison.EQUAL)
        is_present = (
            _boolean(f"({{0}}{collated} IN ({holes}))", term.expression, *present) if present else _FALSE
        )
        if None in values:
            return _boolean("({0} OR {1} IS NULL)", _two_valued(is_present, exact), term.expression)
        return _two_valued(is_present, exact)

    def _compare(self, node: Compare, exact: bool) -> Template:
        if not reads_rows(node.left):
            return self._test(Test(MIRRORED[node.operator], node.right, self._value(node.left)), exact)
        if not reads_rows(node.right):
            return self._test(Test(node.operator, node.left, self._value(node.right)), exact)
        left, right = self.term(node.left), self.term(node.right)
        if left.encode is not right.encode:
            raise NotProvenError
        if node.operator.is_equality:
            return self._null_safe(node.operator, left, right.expression)
        return _two_valued(self._infix(node.operator, left, right.expression), exact)

    def _test(self, test: Test, exact: bool) -> Template:
        if test.value is None:
            return _boolean(null_test(test.operator), self.term(test.node).expression)
        if tests := isolate(test, self._value):
            return _joined(" AND ", [self._test(each, exact) for each in tests])
        term = self.term(test.node)
        constant = term.encode(test.value)
        if test.operator is Comparison.NOT_EQUAL:
            return self._null_safe(test.operator, term, constant)
        sign = "=" if test.operator.is_equality else test.operator
        return _two_valued(self._infix(sign, term, constant), exact)

    def _null_safe(self, operator: Comparison, left: Column, right: Any) -> Template:
        return self._infix(NULL_SAFE[self._vendor, operator], left, right)

    def _infix(self, sign: str, left: Column, right: Any) -> Template:
        collated = collation(self._vendor, left.encode, sign)
        return _boolean(f"({{0}}{collated} {sign} {{1}})", left.expression, right)

    # Terms

    def _member(self, node: Member) -> Column:
        if node.level or node.name not in self._columns:
            raise NotProvenError
        return self._columns[node.name]

    def _cast(self, node: Cast) -> Column:
        operand = self.term(node.operand)
        found = CASTS.get((self._vendor, node.operand.type, node.type))
        if found is None or found[0] is not operand.encode:
            raise NotProvenError
        return _rendered(found[1], operand.expression)

    def _call(self, node: Call) -> Column:
        found = rendering(node.function, self._vendor, len(node.arguments))
        if found is None:
            raise NotProvenError
        arguments = BIT_ARGUMENTS if node.function is Function.HAS_FLAGS else ARGUMENTS
        if any(argument.type not in arguments for argument in node.arguments):
            raise NotProvenError
        return _rendered(found, *(self._operand(each, arguments[each.type]) for each in node.arguments))

    def _operand(self, node: Expression, encode: Encode) -> Any:
        term = self.term(node) if reads_rows(node) else self._value(node)
        if isinstance(term, Column) and (recoding := RECODINGS.get((self._vendor, term.encode, encode))):
            return _rendered(recoding, term.expression).expression
        return _written(term, encode)

    def _arithmetic(self, node: Arithmetic) -> Column:
        if node.type is Scalar.INT:
            return self._whole(node)
        exact = self._vendor == "postgresql" and node.type is Scalar.DECIMAL
        if not exact or node.operator not in _EXACT_OPERATORS:
            raise NotProvenError
        operands = [self._operand(each, encode_decimal) for each in (node.left, node.right)]
        sql = Template(f"({{0}} {node.operator} {{1}})", *operands, output_field=DecimalField())
        return Column(sql, encode_decimal)

    def _whole(self, node: Arithmetic) -> Column:
        """Whole numbers that cannot leave 64 bits, whatever the row; by zero there is no result."""
        left, right = self._whole_operand(node.left), self._whole_operand(node.right)
        bounds = result_bounds(node.operator, left.bounds, right.bounds)
        if bounds is None:
            raise NotProvenError
        sql = Template(
            WHOLE[self._vendor, node.operator],
            left.expression,
            right.expression,
            output_field=BigIntegerField(),
        )
        return Column(sql, encode_int, bounds)

    def _whole_operand(self, node: Expression) -> Column:
        if reads_rows(node):
            return self.term(node)
        value = self._value(node)
        return (
            Column(_NULL, encode_int, (0, 0))
            if value is None
            else Column(encode_int(value), encode_int, (value, value))
        )

    def _negate(self, node: Negate) -> Column:
        if node.type is Scalar.INT:
            zero = Literal(value=0, type=Scalar.INT, span=node.span)
            subtraction = Arithmetic(
                operator=Operator.SUBTRACT, left=zero, right=node.operand, type=Scalar.INT, span=node.span
            )
            return self._whole(subtraction)
        if node.type is not Scalar.DECIMAL or self._vendor == "sqlite":
            raise NotProvenError
        operand = self._operand(node.operand, encode_decimal)
        return Column(Template("(- {0})", operand, output_field=DecimalField()), encode_decimal)

    def _coalesce(self, node: Coalesce) -> Column:
        return self._alternatives("COALESCE({0}, {1})", node.type, (node.left, node.right))

    def _conditional(self, node: Conditional) -> Column:
        test = self.condition(node.test, exact=False)
        sql = "(CASE WHEN {2} THEN {0} ELSE {1} END)"
        return self._alternatives(sql, node.type, (node.then, node.otherwise), test)

    def _alternatives(
        self, sql: str, kind: ValueType, nodes: tuple[Expression, ...], *rest: Template
    ) -> Column:
        """Fill in values of one type, any of which may be the result."""
        terms = [self.term(node) if reads_rows(node) else self._value(node) for node in nodes]
        encodings = {term.encode for term in terms if isinstance(term, Column)}
        if len(encodings) > 1:
            raise NotProvenError
        encode = encodings.pop() if encodings else DEFAULTS[self._vendor][storage(kind)]
        operands = [_written(term, encode) for term in terms]
        return Column(Template(sql, *operands, *rest, output_field=TextField()), encode)

    _CONDITIONS: Mapping[type, Callable[..., Template]] = {
        And: _and,
        Or: _or,
        Not: _not,
        NullAsFalse: _null_as_false,
        In: _in,
        Compare: _compare,
    }
    _TERMS: Mapping[type, Callable[..., Column]] = {
        Member: _member,
        Cast: _cast,
        Call: _call,
        Arithmetic: _arithmetic,
        Negate: _negate,
        Coalesce: _coalesce,
        Conditional: _conditional,
    }


def _written(term: Any, encode: Encode) -> Any:
    """Give the SQL of a column of this encoding, or of a constant."""
    if isinstance(term, Column):
        if term.encode is not encode:
            raise NotProvenError
        return term.expression
    if encode is encode_position and term is not None and term < 0:
        raise NotProvenError
    return _NULL if term is None else encode(term)


def _rendered(found: Rendering, *operands: Any) -> Column:
    sql = Template(found.sql, *operands, output_field=found.output())
    return Column(sql, found.encode, found.bounds)


def _boolean(sql: str, *expressions: Any) -> Template:
    return Template(sql, *expressions, output_field=BooleanField())


_TRUE, _FALSE, _NULL = _boolean("TRUE"), _boolean("FALSE"), _boolean("NULL")


def _constant(value: object) -> Template:
    return _NULL if value is None else _TRUE if value else _FALSE


def _joined(word: str, conditions: list[Template]) -> Template:
    if not conditions:
        return _FALSE
    holes = word.join(f"{{{index}}}" for index in range(len(conditions)))
    return _boolean(f"({holes})", *conditions)


def _two_valued(condition: Template, exact: bool) -> Template:
    return _boolean("COALESCE({0}, FALSE)", condition) if exact else condition
