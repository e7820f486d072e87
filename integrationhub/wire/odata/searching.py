"""`$search`: words and phrases in any case of letters, joined by AND (or nothing), OR, NOT, parentheses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from integrationhub.wire.expressions import texts
from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.functions import Function
from integrationhub.wire.expressions.tree import (
    And,
    Call,
    Expression,
    Literal,
    Member,
    Not,
    NullAsFalse,
    Or,
    Span,
)
from integrationhub.wire.expressions.types import Scalar

from .joining import joined
from .limits import Limits

_WORD = re.compile(r'\s*(?:(?P<sign>[()])|"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>[^\s()"]+))')


def parse(text: str, properties: Sequence[str], limits: Limits) -> Expression:
    """A row matches a word when one of the properties contains it. Raises ExpressionError."""
    if len(text) > limits.filter_length:
        raise ExpressionError(f"a search has at most {limits.filter_length} characters", 0)
    return _Search(text, properties, limits).whole()


class _Search:
    def __init__(self, text: str, properties: Sequence[str], limits: Limits) -> None:
        self._words = list(_words(text))
        self._at = 0
        self._properties = properties
        self._limits = limits
        self._depth = 0
        if len(self._words) > limits.filter_nodes:
            raise ExpressionError(f"a search has at most {limits.filter_nodes} words", 0)

    def whole(self) -> Expression:
        found = self._any()
        if self._peek():
            raise ExpressionError("')' was not expected here", self._words[self._at].start())
        return found

    def _peek(self) -> str:
        """An operator or parenthesis, "word" for anything to look for, "" at the end."""
        if self._at >= len(self._words):
            return ""
        found = self._words[self._at]
        if found["sign"]:
            return found["sign"]
        return found["word"] if found["word"] in ("AND", "OR", "NOT") else "word"

    def _any(self) -> Expression:
        operands = [self._all()]
        while self._peek() == "OR":
            self._at += 1
            operands.append(self._all())
        return joined(Or, operands)

    def _all(self) -> Expression:
        operands = [self._one()]
        while self._peek() not in ("", ")", "OR"):
            self._at += self._peek() == "AND"
            operands.append(self._one())
        return joined(And, operands)

    def _one(self) -> Expression:
        self._depth += 1
        if self._depth > self._limits.depth:
            raise ExpressionError(f"a search nests {self._limits.depth} deep at most", 0)
        found = self._term()
        self._depth -= 1
        return found

    def _term(self) -> Expression:
        kind, place = self._peek(), self._words[self._at].start() if self._peek() else 0
        self._at += 1
        if kind == "NOT":
            return Not(operand=self._one(), span=Span(place, place))
        if kind == "(":
            inner = self._any()
            if self._peek() != ")":
                raise ExpressionError("a closing ) is missing", place)
            self._at += 1
            return inner
        if kind != "word":
            raise ExpressionError("a word to look for was expected", place)
        word = self._words[self._at - 1]
        phrase = word["phrase"]
        return self._contains(word["word"] if phrase is None else re.sub(r"\\(.)", r"\1", phrase), place)

    def _contains(self, word: str, place: int) -> Expression:
        span = Span(place, place + len(word))
        wanted = Literal(value=texts.lower(word), type=Scalar.STRING, span=span)
        return joined(Or, [_holds(name, wanted) for name in self._properties])


def _holds(name: str, wanted: Literal) -> Expression:
    member = Member(name=name, type=Scalar.STRING, span=wanted.span)
    lowered = Call(function=Function.TO_LOWER, arguments=(member,), type=Scalar.STRING, span=wanted.span)
    contains = Call(
        function=Function.CONTAINS, arguments=(lowered, wanted), type=Scalar.BOOLEAN, span=wanted.span
    )
    return NullAsFalse(operand=contains, span=wanted.span)


def _words(text: str) -> list[re.Match[str]]:
    found, position, end = [], 0, len(text.rstrip())
    while position < end:
        word = _WORD.match(text, position)
        if word is None or "\0" in word[0]:
            raise ExpressionError("this cannot be searched for", position)
        found.append(word)
        position = word.end()
    return found
