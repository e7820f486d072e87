"""The words of an OData expression, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from integrationhub.wire.expressions.errors import ExpressionError


class TokenKind(StrEnum):
    """In the order in which they are tried."""

    QUOTED = "quoted"  # 'text', duration'P1D', Namespace.Color'Red'
    GUID = "guid"
    MOMENT = "moment"
    DATE = "date"
    TIME = "time"
    NUMBER = "number"
    ALIAS = "alias"  # @p1
    NAME = "name"  # also Namespace.Name and $it
    SIGN = "sign"
    SPACE = "space"


_HEX = "[0-9A-Fa-f]"
_WORD = re.compile(
    rf"""
    (?P<quoted>(?:[A-Za-z_][\w.]*)?'(?:[^']|'')*')
    |(?P<guid>{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}\b)
    # A `+` before the zone has become a blank where nobody wrote it as %2B.
    |(?P<moment>\d{{4}}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d{{1,12}})?)?(?:[Zz]|[ +-]\d\d:\d\d)?)
    |(?P<date>\d{{4}}-\d\d-\d\d)
    |(?P<time>\d\d:\d\d(?::\d\d(?:\.\d{{1,12}})?)?)
    |(?P<number>-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|INF\b)|NaN\b)
    |(?P<alias>@[A-Za-z_]\w*)
    |(?P<name>\$?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    |(?P<sign>[-(),/:=;*])
    |(?P<space>\s+)
    """,
    re.VERBOSE | re.ASCII,
)


_KINDS: Mapping[str | None, TokenKind] = {kind.value: kind for kind in TokenKind}


class Token(NamedTuple):
    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """Raises ExpressionError at a character that begins no word."""
    position = 0
    while position < len(text):
        found = _WORD.match(text, position)
        if found is None:
            what = "a text lacks its closing quote" if text[position] == "'" else "this has no meaning here"
            raise ExpressionError(what, position)
        kind = _KINDS[found.lastgroup]
        if kind is not TokenKind.SPACE:
            yield Token(kind, found[0], position)
        position = found.end()
