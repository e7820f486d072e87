"""Give names and types to a parsed Linq text, and spell out C#'s null rules."""

from collections.abc import Sequence
from typing import NamedTuple, cast

from lark import Token, Tree
from lark.visitors import Interpreter

from . import linq_literals, linq_statics
from .arithmetic import Operator
from .conversion import call, cast_literal, convert, is_null, unify
from .errors import ExpressionError
from .functions import CASTS, Function
from .linq_lowering import as_moment, negated, operands, or_empty, two_valued, widest
from .linq_names import CAST_NAMES, MEMBERS, METHODS, STATIC_METHODS
from .linq_refusals import find, incomparable
from .operations import NEGATIONS, OPERATIONS
from .schema import Schema
from .tree import (
    And,
    Arithmetic,
    Cast,
    Coalesce,
    Compare,
    Comparison,
    Conditional,
    Expression,
    In,
    Literal,
    Member,
    Not,
    Or,
    Quantifier,
    Quantify,
    Span,
)
from .types import ORDERED, Collection, Scalar

Syntax = Tree[Token]
MAX_NESTED_LAMBDAS = 2


class Scope(NamedTuple):
    """A row in sight, and the name the text gives it; None where the text gives none."""

    parameter: str | None
    schema: Schema


class Binder(Interpreter[Token, Expression]):
    """Each method is named for a rule of the grammar and returns the typed node for it."""

    def __init__(self, schema: Schema) -> None:
        self._scopes = [Scope(None, schema)]

    def start(self, tree: Syntax) -> Expression:
        head, body = tree.children
        if head:
            self._scopes[0] = Scope(_parameter(cast(Token, head)), self._scopes[0].schema)
        return self._condition(cast(Syntax, body))

    # Operators

    def conditional(self, tree: Syntax) -> Expression:
        test, then, otherwise = (cast(Syntax, child) for child in tree.children)
        pair = unify(self.visit(then), self.visit(otherwise))
        if pair is None:
            raise ExpressionError("both results of ?: must have one type", _span(tree).start)
        first, second = pair
        kind = second.type if is_null(first) else first.type
        return Conditional(
            test=self._condition(test), then=first, otherwise=second, type=kind, span=_span(tree)
        )

    def coalesce(self, tree: Syntax) -> Expression:
        left, right = self.visit_children(tree)
        pair = None if is_null(left) else unify(left, right)
        if pair is None:
            raise ExpressionError(f"{left.type} ?? {right.type} has no meaning", left.span.start)
        return Coalesce(left=pair[0], right=pair[1], type=pair[0].type, span=_span(tree))

    def disjunction(self, tree: Syntax) -> Expression:
        return Or(operands=self._conditions(tree, Or), span=_span(tree))

    def conjunction(self, tree: Syntax) -> Expression:
        return And(operands=self._conditions(tree, And), span=_span(tree))

    def negation(self, tree: Syntax) -> Expression:
        return Not(operand=self._condition(cast(Syntax, tree.children[0])), span=_span(tree))

    def _conditions(self, tree: Syntax, flattened: type[And | Or]) -> tuple[Expression, ...]:
        operands: list[Expression] = []
        for child in tree.children:
            operand = self._condition(cast(Syntax, child))
            operands.extend(operand.operands if isinstance(operand, flattened) else (operand,))
        return tuple(operands)

    def _condition(self, tree: Syntax) -> Expression:
        expression = self.visit(tree)
        if expression.type is not Scalar.BOOLEAN:
            raise ExpressionError(
                f"a condition must be true or false, this is {expression.type}", expression.span.start
            )
        return two_valued(expression)

    def comparison(self, tree: Syntax) -> Expression:
        left, sign, right = self.visit_children(tree)
        operator = Comparison(sign.value)
        pair = unify(left, right)
        if pair is None:
            raise ExpressionError(incomparable(left, right), sign.start_pos)
        if not operator.is_equality and not (pair[0].type in ORDERED and pair[1].type in ORDERED):
            raise ExpressionError(
                f"{left.type} {operator} {right.type}: there is no such order", sign.start_pos
            )
        return Compare(operator=operator, left=pair[0], right=pair[1], span=_span(tree))

    def arithmetic(self, tree: Syntax) -> Expression:
        left, sign, right = self.visit_children(tree)
        operator = Operator(sign.value)
        if operator is Operator.ADD and left.type is right.type is Scalar.STRING:
            return self._concatenation(left, right, _span(tree))
        left, right = operands(left, right)
        operation = OPERATIONS.get((operator, cast(Scalar, left.type), cast(Scalar, right.type)))
        if operation is None:
            raise ExpressionError(f"{left.type} {operator} {right.type} has no meaning", sign.start_pos)
        return Arithmetic(operator=operator, left=left, right=right, type=operation.result, span=_span(tree))

    def _concatenation(self, left: Expression, right: Expression, span: Span) -> Expression:
        return self._call(Function.CONCAT, [or_empty(left), or_empty(right)], span)

    def signed(self, tree: Syntax) -> Expression:
        sign, child = cast(Token, tree.children[0]), cast(Syntax, tree.children[1])
        if sign == "-" and child.data == "number":
            return linq_literals.number(f"-{child.children[0]}", _span(tree))
        operand = self.visit(child)
        if operand.type not in NEGATIONS:
            raise ExpressionError(f"{sign}{operand.type} has no meaning", sign.start_pos or 0)
        return negated(operand, _span(tree)) if sign == "-" else operand

    def conversion(self, tree: Syntax) -> Expression:
        head, operand = self.visit_children(tree)
        target = CAST_NAMES[head.strip("() \t\r\n?")]
        if operand.type is target:
            return cast(Expression, operand)
        if (operand.type, target) not in CASTS:
            raise ExpressionError(f"{operand.type} cannot become {target}", _span(tree).start)
        if not isinstance(operand, Literal):
            return Cast(operand=operand, type=target, span=_span(tree))
        if literal := cast_literal(operand, target):
            return literal
        raise ExpressionError(f"this number does not fit into {target}", operand.span.start)

    # Literals

    def number(self, tree: Syntax) -> Expression:
        return linq_literals.number(str(tree.children[0]), _span(tree))

    def string(self, tree: Syntax) -> Expression:
        return linq_literals.string(str(tree.children[0]), _span(tree))

    def true(self, tree: Syntax) -> Expression:
        return Literal(value=True, type=Scalar.BOOLEAN, span=_span(tree))

    def false(self, tree: Syntax) -> Expression:
        return Literal(value=False, type=Scalar.BOOLEAN, span=_span(tree))

    def null(self, tree: Syntax) -> Expression:
        return Literal(value=None, type=Scalar.NULL, span=_span(tree))

    def construction(self, tree: Syntax) -> Expression:
        name = cast(Token, tree.children[0])
        return linq_statics.construct(name, self._arguments(tree.children[1]), _span(tree))

    # Names

    def name(self, tree: Syntax) -> Expression:
        token = cast(Token, tree.children[0])
        if self._level_of(token) is not None:
            raise ExpressionError(f"{token} is a row: write {token}.Property", _span(tree).start)
        if self._scopes[0].parameter is not None:
            raise ExpressionError(
                f"unknown name {token}: write {self._scopes[0].parameter}.{token}", _span(tree).start
            )
        return self._property(0, token, _span(tree))

    def member(self, tree: Syntax) -> Expression:
        receiver, name = cast(Syntax, tree.children[0]), cast(Token, tree.children[1])
        if owner := _bare_name(receiver):
            if static := linq_statics.member(self._scopes[0].schema, owner, name, span=_span(tree)):
                return static
            level = self._level_of(owner)
            if level is not None:
                return self._property(level, name, _span(tree))
        return self._member_of(self._receiver(receiver), name, _span(tree))

    def _receiver(self, tree: Syntax) -> Expression:
        """A small letter before the point, yet no name: most likely the lambda's head was left out."""
        owner, root = _bare_name(tree), self._scopes[0]
        if owner and root.parameter is None and owner[0].islower() and not root.schema.knows(owner):
            raise ExpressionError(
                f"unknown name {owner}: begin with {owner} => to name the row", _span(tree).start
            )
        return self.visit(tree)

    def _member_of(self, operand: Expression, name: Token, span: Span) -> Expression:
        if isinstance(operand.type, Collection):
            if name != "Count":
                raise ExpressionError("a collection has Any, All and Count alone", name.start_pos or 0)
            return self._quantify(operand, Quantifier.COUNT, None, span=span)
        if name == "Value" and operand.type is not Scalar.NULL:
            return operand
        if name == "HasValue":
            null = Literal(value=None, type=Scalar.NULL, span=span)
            return Compare(operator=Comparison.NOT_EQUAL, left=operand, right=null, span=span)
        operand = as_moment(operand)
        function = MEMBERS.get((cast(Scalar, operand.type), str(name)))
        if function is None:
            raise ExpressionError(f"{operand.type} has no property {name}", name.start_pos or 0)
        return self._call(function, [operand], span)

    def _level_of(self, name: str) -> int | None:
        parameters = [scope.parameter for scope in self._scopes]
        return parameters.index(name) if name in parameters else None

    def _property(self, level: int, name: Token, span: Span) -> Expression:
        found = find(self._scopes[level].schema, name)
        return Member(name=found.name, type=found.type, level=level, span=span)

    # Calls

    def method(self, tree: Syntax) -> Expression:
        receiver, name = cast(Syntax, tree.children[0]), cast(Token, tree.children[1])
        if receiver.data == "array":
            return self._list_contains(receiver, name, tree)
        owner = _bare_name(receiver)
        if owner and linq_statics.is_class(owner) and self._level_of(owner) is None:
            return self._static_call(owner, name, tree)
        operand = self._receiver(receiver)
        if isinstance(operand.type, Collection):
            return self._collection_call(operand, name, tree)
        operand = as_moment(operand)
        function = METHODS.get((cast(Scalar, operand.type), str(name)))
        if function is None:
            raise ExpressionError(f"{operand.type} has no method {name}", name.start_pos or 0)
        return self._call(function, [operand, *self._arguments(tree.children[2])], _span(tree))

    def _static_call(self, owner: str, name: Token, tree: Syntax) -> Expression:
        arguments = self._arguments(tree.children[2])
        if function := STATIC_METHODS.get((owner, str(name))):
            return self._call(function, arguments, _span(tree))
        return linq_statics.call_method(owner, name, arguments, span=_span(tree))

    def _call(self, function: Function, arguments: Sequence[Expression], span: Span) -> Expression:
        found = call(function, arguments, span)
        if found is None:
            given = ", ".join(str(argument.type) for argument in arguments)
            spelled = function.replace("_", " ")
            raise ExpressionError(f"'{spelled}' does not take ({given})", span.start)
        return two_valued(found) if found.type is Scalar.BOOLEAN else found

    def _arguments(self, tree: object) -> list[Expression]:
        return [self.visit(cast(Syntax, child)) for child in tree.children] if isinstance(tree, Tree) else []

    def array(self, tree: Syntax) -> Expression:
        raise ExpressionError("a list can only be asked: new[] {…}.Contains(value)", _span(tree).start)

    def _list_contains(self, array: Syntax, name: Token, tree: Syntax) -> Expression:
        arguments = self._arguments(tree.children[2])
        if name != "Contains" or len(arguments) != 1:
            raise ExpressionError("a list has the method Contains(value) alone", name.start_pos or 0)
        linq_statics.check_element_type(array.children[0])
        items = self._arguments(array.children[1])
        operand = widest(arguments[0], items)
        if isinstance(operand.type, Collection):
            raise ExpressionError("a list has no collections in it", operand.span.start)
        members = tuple(item if is_null(item) else convert(item, operand.type) for item in items)
        for item, member in zip(items, members, strict=True):
            if member is None:
                raise ExpressionError(incomparable(operand, item), item.span.start)
        return In(operand=operand, items=cast(tuple[Expression, ...], members), span=_span(tree))

    def function(self, tree: Syntax) -> Expression:
        raise ExpressionError("a lambda stands in Any, All and Count alone", _span(tree).start)

    def _collection_call(self, operand: Expression, name: Token, tree: Syntax) -> Expression:
        if name not in list(Quantifier):
            raise ExpressionError("a collection has Any, All and Count alone", name.start_pos or 0)
        arguments = tree.children[2].children if isinstance(tree.children[2], Tree) else []
        if len(arguments) > 1 or (name == Quantifier.ALL and not arguments):
            raise ExpressionError(f"{name} takes one lambda", name.start_pos or 0)
        body = self._body(cast(Collection, operand.type), cast(Syntax, arguments[0])) if arguments else None
        return self._quantify(operand, Quantifier(str(name)), body, span=_span(tree))

    def _body(self, collection: Collection, tree: Syntax) -> Expression:
        if tree.data != "function":
            raise ExpressionError("a lambda is needed: item => …", _span(tree).start)
        head = cast(Token, tree.children[0])
        parameter = _parameter(head)
        if self._level_of(parameter) is not None:
            raise ExpressionError(f"{parameter} already names a row", head.start_pos or 0)
        if len(self._scopes) > MAX_NESTED_LAMBDAS:
            raise ExpressionError(f"lambdas nest {MAX_NESTED_LAMBDAS} deep at most", head.start_pos or 0)
        self._scopes.append(Scope(parameter, collection.element))
        body = self._condition(cast(Syntax, tree.children[1]))
        self._scopes.pop()
        return body

    def _quantify(
        self, operand: Expression, quantifier: Quantifier, body: Expression | None, *, span: Span
    ) -> Expression:
        collection, level = cast(Member, operand), len(self._scopes)
        return Quantify(quantifier=quantifier, collection=collection, level=level, body=body, span=span)


def _span(tree: Syntax) -> Span:
    return Span(tree.meta.start_pos, tree.meta.end_pos)


def _parameter(head: Token) -> str:
    return head.strip("()=> \t\r\n")


def _bare_name(tree: Syntax) -> str | None:
    return str(tree.children[0]) if tree.data == "name" else None
