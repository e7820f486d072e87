"""From text to syntax: `$filter`, one `$orderby` item, a lambda's body.

Operators bind as OData orders them: `has` and `in`, then `-` and `not`, `mul div divby mod`, `add sub`,
`gt ge lt le`, `eq ne`, `and`, `or`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from integrationhub.wire.expressions.arithmetic import INT_MAX, INT_MIN, decimal_within_range
from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.types import Scalar

from . import literals
from .decoding import WrongValueError
from .edm import Primitive
from .limits import Limits
from .refusals import UnsupportedError
from .syntax import (
    Alias,
    Binary,
    Call,
    Case,
    Constant,
    Counted,
    Membership,
    Part,
    Path,
    Prefixed,
    Quantified,
    Syntax,
    TimeOfDay,
    Unary,
)
from .tokens import Token, TokenKind, tokens
from .vocabulary import UNSUPPORTED

_LEVELS = {
    **dict.fromkeys(("or",), 1),
    **dict.fromkeys(("and",), 2),
    **dict.fromkeys(("eq", "ne"), 3),
    **dict.fromkeys(("gt", "ge", "lt", "le"), 4),
    **dict.fromkeys(("add", "sub"), 5),
    **dict.fromkeys(("mul", "div", "divby", "mod"), 6),
}
_END = Token(TokenKind.SIGN, "", 0)
_CONSTANTS = {"true": (True, Scalar.BOOLEAN), "false": (False, Scalar.BOOLEAN), "null": (None, Scalar.NULL)}


def parse(text: str, limits: Limits) -> Syntax:
    """Raises ExpressionError where the text makes no sense or goes beyond a limit."""
    if len(text) > limits.filter_length:
        raise ExpressionError(f"an expression has at most {limits.filter_length} characters", 0)
    return Parser(text, limits).whole()


class Parser:
    """Recursive descent; each level of parentheses or arguments counts towards `Limits.depth`."""

    def __init__(self, text: str, limits: Limits) -> None:
        self._tokens = list(tokens(text))
        self._at = 0
        self._length = len(text)
        self._limits = limits
        self._depth = 0
        self._nodes = 0

    def whole(self) -> Syntax:
        expression = self._expression()
        if self._at < len(self._tokens):
            raise ExpressionError(f"'{self._peek().text[:50]}' was not expected here", self._peek().start)
        return expression

    def _expression(self) -> Syntax:
        self._depth += 1
        if self._depth > self._limits.depth:
            raise ExpressionError(f"an expression nests {self._limits.depth} deep at most", self._start)
        expression = self._binary(1)
        self._depth -= 1
        return expression

    def _binary(self, weakest: int) -> Syntax:
        """Operands joined by operators that bind as tightly as `weakest` or more; equals from the left."""
        left = self._unary()
        while (level := _LEVELS.get(word := self._word(), 0)) >= weakest:
            place = self._next().start
            right = self._binary(level + 1)
            self._count()
            left = Binary(start=left.start, end=right.end, operator=word, left=left, right=right, place=place)
        return left

    def _unary(self) -> Syntax:
        token = self._peek()
        if not (token.text == "-" or (self._word() == "not" and not self._is_path_at(self._at + 1))):
            return self._postfix(self._primary())
        self._next()
        self._depth += 1
        if self._depth > self._limits.depth:
            raise ExpressionError(f"an expression nests {self._limits.depth} deep at most", token.start)
        operand = self._unary()
        self._depth -= 1
        self._count()
        return Unary(start=token.start, end=operand.end, operator=token.text.lower(), operand=operand)

    def _is_path_at(self, index: int) -> bool:
        """A `/` behind a name makes it the beginning of a path, whatever else it may mean."""
        return index < len(self._tokens) and self._tokens[index].text == "/"

    def _postfix(self, operand: Syntax) -> Syntax:
        while (word := self._word()) in ("has", "in"):
            place = self._next().start
            operand = self._has(operand, place) if word == "has" else self._in(operand)
            self._count()
        return operand

    def _has(self, operand: Syntax, place: int) -> Syntax:
        right = self._primary()
        return Binary(
            start=operand.start, end=right.end, operator="has", left=operand, right=right, place=place
        )

    def _in(self, operand: Syntax) -> Syntax:
        opening = self._expect("(")
        items, end = self._list()
        if not items:
            raise ExpressionError("a list names one value at least", opening.end)
        if len(items) > self._limits.listed_items:
            raise ExpressionError(f"a list has at most {self._limits.listed_items} items", opening.start)
        return Membership(start=operand.start, end=end, operand=operand, items=tuple(items))

    def _list(self) -> tuple[list[Syntax], int]:
        """Expressions with commas between, up to the closing parenthesis."""
        items: list[Syntax] = []
        while not self._is(")"):
            if items:
                self._expect(",")
            items.append(self._expression())
        return items, self._expect(")").end

    def _primary(self) -> Syntax:
        token = self._next()
        if token.text == "(" and token.kind is TokenKind.SIGN:
            inner = self._expression()
            self._expect(")")
            return inner
        self._count()
        if token.kind in _READ:
            return _READ[token.kind](token)
        if token.kind is not TokenKind.NAME:
            raise ExpressionError(_unexpected(token), token.start if token.text else self._length)
        if token.text.lower() in _CONSTANTS and not self._is("/") and not self._is("("):
            value, kind = _CONSTANTS[token.text.lower()]
            return Constant(start=token.start, end=token.end, value=value, type=kind)
        return self._call(token) if self._is("(") else self._path(token)

    def _call(self, name: Token) -> Syntax:
        if name.text.lower() in UNSUPPORTED:
            raise UnsupportedError(f"the function '{name.text}' is not implemented", name.start)
        self._expect("(")
        if name.text.lower() == "case":
            return self._case(name)
        arguments, end = self._list()
        return Call(start=name.start, end=end, name=name.text, arguments=tuple(arguments))

    def _case(self, name: Token) -> Syntax:
        branches: list[tuple[Syntax, Syntax]] = []
        while not branches or not self._is(")"):
            if branches:
                self._expect(",")
            condition = self._expression()
            self._expect(":")
            branches.append((condition, self._expression()))
        return Case(start=name.start, end=self._expect(")").end, branches=tuple(branches))

    def _path(self, first: Token) -> Syntax:
        if first.text.startswith("$") and first.text.lower() != "$it":
            raise UnsupportedError(f"{first.text[:128]} is not implemented", first.start)
        parts = [Part(first.text, first.start)]
        while self._is("/"):
            self._next()
            name = self._next()
            if name.kind is not TokenKind.NAME:
                raise ExpressionError("a name was expected here", name.start if name.text else self._length)
            path = Path(start=first.start, end=self._tokens[self._at - 2].start, parts=tuple(parts))
            if name.text.lower() in ("any", "all") and self._is("("):
                return self._quantified(path, name)
            if name.text.lower() == "$count":
                return self._counted(path, name)
            parts.append(Part(name.text, name.start))
        return Path(start=first.start, end=self._tokens[self._at - 1].end, parts=tuple(parts))

    def _quantified(self, path: Path, name: Token) -> Syntax:
        self._expect("(")
        variable, body = "", None
        if not self._is(")"):
            variable = self._next().text
            self._expect(":")
            body = self._expression()
        end = self._expect(")").end
        if body is None and name.text.lower() == "all":
            raise ExpressionError("all takes a condition: all(x:x/Name eq 'A')", name.start)
        return Quantified(
            start=path.start, end=end, quantifier=name.text.lower(), path=path, variable=variable, body=body
        )

    def _counted(self, path: Path, name: Token) -> Syntax:
        if not self._is("("):
            return Counted(start=path.start, end=name.end, path=path, body=None)
        self._expect("(")
        option = self._next()
        if option.text.lower() not in ("$filter", "filter"):
            raise ExpressionError("$count takes ($filter=…) alone", option.start or name.end)
        self._expect("=")
        body = self._expression()
        return Counted(start=path.start, end=self._expect(")").end, path=path, body=body)

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > self._limits.filter_nodes:
            raise ExpressionError(f"an expression has at most {self._limits.filter_nodes} nodes", self._start)

    # Words

    @property
    def _start(self) -> int:
        return self._peek().start if self._at < len(self._tokens) else self._length

    def _peek(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _word(self) -> str:
        token = self._peek()
        return token.text.lower() if token.kind is TokenKind.NAME else ""

    def _is(self, sign: str) -> bool:
        token = self._peek()
        return token.kind is TokenKind.SIGN and token.text == sign

    def _next(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, sign: str) -> Token:
        if not self._is(sign):
            raise ExpressionError(f"'{sign}' was expected here", self._start)
        return self._next()


def _unexpected(token: Token) -> str:
    return f"'{token.text}' was not expected here" if token.text else "the expression ends too early"


def _constant(token: Token, value: object, kind: Scalar) -> Constant:
    if value is None:
        raise ExpressionError(f"{token.text[:50]} is no value of type {kind}", token.start)
    return Constant(start=token.start, end=token.end, value=value, type=kind)


def _number(token: Token) -> Syntax:
    text = token.text
    if text.lstrip("-").isdigit():
        value = int(text) if len(text) < 21 else INT_MAX + 1
        if INT_MIN <= value <= INT_MAX:
            return _constant(token, value, Scalar.INT)
    if "e" in text.lower() or text[-1] in "FN":
        number = float(text)
        return _constant(token, number if math.isfinite(number) else None, Scalar.DOUBLE)
    return _constant(token, decimal_within_range(Decimal(text)), Scalar.DECIMAL)


def _typed(kind: Primitive, scalar: Scalar) -> Callable[[Token], Syntax]:
    def read(token: Token) -> Syntax:
        try:
            return _constant(token, literals.from_text(token.text, kind), scalar)
        except WrongValueError as error:
            raise ExpressionError(f"{token.text[:50]} {error}", token.start) from None

    return read


def _quoted(token: Token) -> Syntax:
    prefix, _, rest = token.text.partition("'")
    text = rest[:-1].replace("''", "'")
    if "\0" in text:
        raise ExpressionError("a text has no NUL in it", token.start)
    if prefix:
        return Prefixed(start=token.start, end=token.end, prefix=prefix, text=text)
    return Constant(start=token.start, end=token.end, value=text, type=Scalar.STRING)


def _time(token: Token) -> Syntax:
    return TimeOfDay(start=token.start, end=token.end, text=token.text)


def _alias(token: Token) -> Syntax:
    return Alias(start=token.start, end=token.end, name=token.text)


_READ: dict[TokenKind, Callable[[Token], Syntax]] = {
    TokenKind.NUMBER: _number,
    TokenKind.MOMENT: _typed(Primitive.DATE_TIME_OFFSET, Scalar.DATETIME),
    TokenKind.DATE: _typed(Primitive.DATE, Scalar.DATE),
    TokenKind.TIME: _time,
    TokenKind.GUID: _typed(Primitive.GUID, Scalar.GUID),
    TokenKind.QUOTED: _quoted,
    TokenKind.ALIAS: _alias,
}
