"""Give names and types to a parsed OData text.

OASIS's null rules are those of the tree's own nodes: eq, ne and in never give null, an order with a null is
false, and, or and not know three values, everything else gives null for a null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from integrationhub.wire.expressions import conversion
from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.functions import Function
from integrationhub.wire.expressions.operations import NEGATIONS, OPERATIONS
from integrationhub.wire.expressions.schema import Schema
from integrationhub.wire.expressions.tree import (
    And,
    Arithmetic,
    Compare,
    Comparison,
    Expression,
    In,
    Literal,
    Member,
    Negate,
    Not,
    Or,
    Quantifier,
    Quantify,
    Span,
)
from integrationhub.wire.expressions.types import ORDERED, Collection, Scalar

from . import calling, promotion, syntax
from .edm import EnumType, qualified
from .joining import joined
from .limits import Limits
from .members import Names, Target
from .parsing import parse
from .refusals import UnsupportedError, incomparable
from .registry import EntitySet, Property
from .scalars import scalar_of
from .syntax import Part, Path, Syntax
from .vocabulary import ARITHMETIC, COMPARISONS


@dataclass(frozen=True)
class Scope:
    """A row in sight: what the text calls it, and the set it is of."""

    variable: str
    set: EntitySet


@dataclass(frozen=True)
class Binder:
    """Turns syntax into typed nodes. A Member is named for its canonical path, such as `Customer/Name`."""

    names: Names
    scopes: tuple[Scope, ...]
    aliases: Mapping[str, str]
    limits: Limits
    open_aliases: frozenset[str] = field(default=frozenset())
    lambdas: int = 0
    bound: Counter[str] = field(default_factory=Counter)
    """How many nodes were, by this binder and those that it made: an alias counts as often as it is used."""

    @classmethod
    def of(cls, names: Names, origin: EntitySet, aliases: Mapping[str, str]) -> Binder:
        return cls(names, (Scope("$it", origin),), aliases, names.service.limits)

    def condition(self, node: Syntax) -> Expression:
        bound = self.bind(node)
        if bound.type is Scalar.NULL or bound.type is Scalar.BOOLEAN:
            return bound
        raise ExpressionError(f"a condition must be true or false, this is {bound.type}", node.start)

    def bind(self, node: Syntax) -> Expression:
        self.bound["nodes"] += 1
        if self.bound["nodes"] > self.limits.filter_nodes:
            message = f"an expression has at most {self.limits.filter_nodes} nodes"
            raise ExpressionError(message, node.start)
        return _BINDERS[type(node)](self, node)

    # Values

    def _constant(self, node: syntax.Constant) -> Expression:
        return Literal(value=node.value, type=node.type, span=_span(node))

    def _prefixed(self, node: syntax.Prefixed) -> Expression:
        if node.prefix.lower() == "duration":
            text = Literal(value=node.text, type=Scalar.STRING, span=_span(node))
            return promotion.read_text(text, Scalar.DURATION)
        if node.prefix.lower() in ("binary", "geography", "geometry"):
            raise UnsupportedError(f"comparing {node.prefix} values is not implemented", node.start)
        return self._enumerated(node)

    def _enumerated(self, node: syntax.Prefixed) -> Expression:
        short = node.prefix.removeprefix(f"{self.names.service.namespace}.")
        for kind in self.names.service.value_types:
            if isinstance(kind, EnumType) and kind.name == short:
                return promotion.enumerated(node.text, kind, _span(node))
        raise ExpressionError(f"'{node.prefix[:128]}' is no type of this service", node.start)

    def _time(self, node: syntax.TimeOfDay) -> Expression:
        text = Literal(value=node.text, type=Scalar.STRING, span=_span(node))
        return promotion.read_text(text, Scalar.TIME)

    def _alias(self, node: syntax.Alias) -> Expression:
        if node.name not in self.aliases or node.name in self.open_aliases:
            raise ExpressionError(f"the parameter alias '{node.name[:128]}' has no value", node.start)
        inner = replace(self, open_aliases=self.open_aliases | {node.name})
        try:
            return inner.bind(parse(self.aliases[node.name], self.limits))
        except ExpressionError as error:
            raise type(error)(f"in {node.name[:128]}: {error.message}", node.start) from None

    # Names

    def _path(self, node: Path) -> Expression:
        level, target = self._target(node)
        if target.value is None:
            raise ExpressionError(
                f"'{target.path or '$it'}' is no value: compare a property of it, or ask it with any",
                node.start,
            )
        return self._member(level, target, node)

    def _member(self, level: int, target: Target, node: Syntax) -> Expression:
        found = target.value
        kind = scalar_of(found.type) if found else None
        if found is None or target.source is None or not self._is_usable(found):
            place = "$orderby" if self.names.for_order else "$filter"
            raise ExpressionError(f"The property '{target.path}' cannot be used in {place}", node.start)
        if kind is None:
            raise UnsupportedError(f"comparing '{target.path}' is not implemented", node.start)
        return Member(name=target.path, type=kind, level=level, span=_span(node))

    def _is_usable(self, found: Property) -> bool:
        return found.sortable if self.names.for_order else found.filterable

    def _target(self, node: Path) -> tuple[int, Target]:
        level, parts = self._row(node.parts)
        return level, self.names.find(self.scopes[level].set, parts)

    def _row(self, parts: tuple[Part, ...]) -> tuple[int, tuple[Part, ...]]:
        """The level of the row that a path starts from, and the rest of the path."""
        first = parts[0]
        for level, scope in enumerate(self.scopes):
            if scope.variable == first.name or (not level and first.name.lower() == scope.variable):
                return level, parts[1:]
        return 0, parts

    def _enum_of(self, node: Syntax) -> EnumType | None:
        """The enumeration, kept as numbers, of the property that a path leads to."""
        kind = found.type if isinstance(node, Path) and (found := self._target(node)[1].value) else None
        return kind if isinstance(kind, EnumType) and kind.stored_as_number else None

    # Collections

    def _quantified(self, node: syntax.Quantified) -> Expression:
        return self._quantify(node.path, Quantifier(node.quantifier.capitalize()), node, body=node.body)

    def _counted(self, node: syntax.Counted) -> Expression:
        return self._quantify(node.path, Quantifier.COUNT, node, body=node.body)

    def _quantify(
        self, path: Path, quantifier: Quantifier, node: Syntax, *, body: Syntax | None
    ) -> Expression:
        level, target = self._target(path)
        if target.many is None:
            unsupported = target.value is not None and scalar_of(target.value.type) is None
            error = UnsupportedError if unsupported else ExpressionError
            raise error(f"'{target.path}' is not a collection of entities", path.start)
        element = self.names.service.target(target.many)
        collection = Member(
            name=target.path, type=Collection(Schema(element.name, ())), level=level, span=_span(path)
        )
        condition = self._body(node, element, body) if body else None
        return Quantify(
            quantifier=quantifier,
            collection=collection,
            level=len(self.scopes),
            body=condition,
            span=_span(node),
        )

    def _body(self, node: Syntax, element: EntitySet, body: Syntax) -> Expression:
        if self.lambdas >= self.limits.nested_lambdas:
            raise ExpressionError(
                f"any, all and $count nest {self.limits.nested_lambdas} deep at most", node.start
            )
        variable = node.variable if isinstance(node, syntax.Quantified) else ""
        if any(scope.variable == variable for scope in self.scopes):
            raise ExpressionError(f"{variable} already names a row", node.start)
        deeper = replace(self, lambdas=self.lambdas + 1)
        if not variable:  # $count($filter=…): its names are those of the counted rows
            inner = replace(deeper, names=Names(self.names.service), scopes=(Scope("$it", element),))
            return promotion.at_level(inner.condition(body), len(self.scopes))
        return replace(deeper, scopes=(*self.scopes, Scope(variable, element))).condition(body)

    # Operators

    def _unary(self, node: syntax.Unary) -> Expression:
        operand = self.bind(node.operand)
        if node.operator == "not":
            if operand.type not in (Scalar.BOOLEAN, Scalar.NULL):
                raise ExpressionError(f"'not' does not take {operand.type}", node.start)
            return Not(operand=operand, span=_span(node))
        if operand.type not in NEGATIONS:
            raise ExpressionError(f"'-' does not take {operand.type}", node.start)
        return Negate(operand=operand, span=_span(node))

    def _binary(self, node: syntax.Binary) -> Expression:
        if node.operator in ("and", "or"):
            return self._junction(node)
        if node.operator == "has":
            return self._has(node)
        if comparison := COMPARISONS.get(node.operator):
            return self._comparison(node, comparison)
        return self._computation(node)

    def _junction(self, node: syntax.Binary) -> Expression:
        kind: type[And | Or] = And if node.operator == "and" else Or
        return joined(kind, (self.condition(node.left), self.condition(node.right)), _span(node))

    def _comparison(self, node: syntax.Binary, operator: Comparison) -> Expression:
        left, right = self._side(node.left, node.right, operator), self._side(node.right, node.left, operator)
        left = promotion.as_number(left, self._enum_of(node.right))
        right = promotion.as_number(right, self._enum_of(node.left))
        pair = promotion.fit(left, right)
        if pair is None:
            raise ExpressionError(incomparable(left, right, node.operator), node.place)
        orderable = all(each.type in ORDERED or conversion.is_null(each) for each in pair)
        if not operator.is_equality and not orderable:
            raise ExpressionError(incomparable(left, right, node.operator), node.place)
        return Compare(operator=operator, left=pair[0], right=pair[1], span=_span(node))

    def _side(self, node: Syntax, other: Syntax, operator: Comparison) -> Expression:
        """A to-one navigation is null when its row's key is."""
        is_null = isinstance(other, syntax.Constant) and other.value is None
        if isinstance(node, Path) and is_null and operator.is_equality:
            level, target = self._target(node)
            if target.hops and target.value is None and target.many is None:
                key = target.set.type.keys[0]
                found = self.names.find(
                    self.scopes[level].set, [*self._row(node.parts)[1], Part(key.name, 0)]
                )
                return self._member(level, found, node)
        return self.bind(node)

    def _has(self, node: syntax.Binary) -> Expression:
        kind = self._enum_of(node.left)
        if kind is None:
            raise ExpressionError("'has' takes an enumeration of flags", node.place)
        flag = promotion.as_number(self.bind(node.right), kind)
        if flag.type is not Scalar.INT:
            raise ExpressionError(f"'{kind.name}' was expected behind 'has'", node.right.start)
        call = conversion.call(Function.HAS_FLAGS, [self.bind(node.left), flag], _span(node))
        return cast(Expression, call)

    def _membership(self, node: syntax.Membership) -> Expression:
        kind = self._enum_of(node.operand)
        operand = self.bind(node.operand)
        items = [promotion.as_number(self.bind(item), kind) for item in node.items]
        for item in items:
            if pair := promotion.fit(operand, item):
                operand = pair[0]
        fitted = [promotion.fit(operand, item) for item in items]
        if refused := next((item for item, pair in zip(items, fitted, strict=True) if pair is None), None):
            raise ExpressionError(incomparable(operand, refused, "in"), refused.span.start)
        return In(operand=operand, items=tuple(pair[1] for pair in fitted if pair), span=_span(node))

    def _computation(self, node: syntax.Binary) -> Expression:
        left, right = promotion.operands(self.bind(node.left), self.bind(node.right), node.operator)
        operator = ARITHMETIC[node.operator]
        operation = OPERATIONS.get((operator, cast(Scalar, left.type), cast(Scalar, right.type)))
        if conversion.is_null(left) or conversion.is_null(right):
            return Literal(value=None, type=Scalar.NULL, span=_span(node))
        if operation is None:
            raise ExpressionError(incomparable(left, right, node.operator), node.place)
        return Arithmetic(operator=operator, left=left, right=right, type=operation.result, span=_span(node))

    # Functions

    def _call(self, node: syntax.Call) -> Expression:
        if node.name.lower() == "cast":
            if len(node.arguments) != 2:
                raise ExpressionError("cast takes an expression and the name of a type", node.start)
            return calling.cast_as(self.bind(node.arguments[0]), node.arguments[1], node)
        if node.name.lower() == "isof":
            return self._isof(node)
        return calling.call(node, [self.bind(argument) for argument in node.arguments])

    def _isof(self, node: syntax.Call) -> Expression:
        """No type is derived from another here: a value is of the type that it is declared of."""
        tested, name = node.arguments[:-1], "".join(map(calling.type_name, node.arguments[-1:]))
        if not name or len(tested) > 1:
            raise ExpressionError("isof takes the name of a type, last", node.start)
        if not tested:
            same = name == f"{self.names.service.namespace}.{self.scopes[0].set.type.name}"
            return Literal(value=same, type=Scalar.BOOLEAN, span=_span(node))
        value = self._target(tested[0])[1].value if isinstance(tested[0], Path) else None
        if value is None:
            raise UnsupportedError("isof of anything but a property is not implemented", node.start)
        if name != qualified(value.type, self.names.service.namespace):
            return Literal(value=False, type=Scalar.BOOLEAN, span=_span(node))
        return calling.is_there(self.bind(tested[0]), _span(node))

    def _case(self, node: syntax.Case) -> Expression:
        tests = [self.condition(test) for test, _ in node.branches]
        values = promotion.alike([self.bind(value) for _, value in node.branches])
        if values is None:
            raise ExpressionError("the values of case are of different types", node.start)
        return calling.case(tests, values, _span(node))


def _span(node: Syntax) -> Span:
    return Span(node.start, node.end)


_BINDERS: dict[type[Syntax], Callable[..., Expression]] = {
    syntax.Constant: Binder._constant,
    syntax.Prefixed: Binder._prefixed,
    syntax.TimeOfDay: Binder._time,
    syntax.Alias: Binder._alias,
    syntax.Path: Binder._path,
    syntax.Quantified: Binder._quantified,
    syntax.Counted: Binder._counted,
    syntax.Unary: Binder._unary,
    syntax.Binary: Binder._binary,
    syntax.Membership: Binder._membership,
    syntax.Call: Binder._call,
    syntax.Case: Binder._case,
}
