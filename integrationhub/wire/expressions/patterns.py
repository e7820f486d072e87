r"""Regular expressions that every back end understands alike.

Known are letters, `.`, `[a-z]`, `[^a-z]`, `\d \w \s \D \W \S`, `\n \r \t \uFFFF`, `^`, `$`, `|`, groups,
`* + ? {2} {2,} {2,5}` and a `?` behind them. All speak of code points, and of ASCII where they name a
class. A pattern is kept in the one spelling that PostgreSQL and `automata` both read as it is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from string import hexdigits

from .errors import ExpressionError

MOST_STATES = 400
MOST_REPEATS = 255
_LAST = 0x10FFFF

Range = tuple[int, int]
Ranges = tuple[Range, ...]

_DIGITS: Ranges = ((0x30, 0x39),)
_LETTERS: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_BLANKS: Ranges = (
    *((0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029)),
    *((0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
_LINE_ENDS: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_REPEAT = re.compile(
    r"(?:(?P<sign>[*+?])|\{(?P<least>\d{1,4})(?P<comma>,(?P<most>\d{1,4})?)?\})\??", re.ASCII
)


@dataclass(frozen=True)
class Letter:
    ranges: Ranges


@dataclass(frozen=True)
class Edge:
    """`^` or `$`: where the text begins or ends."""

    sign: str


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Pattern, ...]


@dataclass(frozen=True)
class Choice:
    options: tuple[Pattern, ...]


@dataclass(frozen=True)
class Repeat:
    """`most` is None for any number."""

    part: Pattern
    least: int
    most: int | None


Pattern = Letter | Edge | Sequence | Choice | Repeat


class UnknownPatternError(ExpressionError):
    """Other engines know this, but not every back end."""


def canonical(text: str) -> str:
    """The same pattern as the back ends want it. Raises ExpressionError, with the place in the pattern."""
    pattern = read(text)
    if _size(pattern) > MOST_STATES:
        raise ExpressionError("this pattern is too large", 0)
    return _spell(pattern)


def read(text: str) -> Pattern:
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Pattern:
        found = self._choice()
        if self._at < len(self._text):
            raise ExpressionError("this closes nothing", self._at)
        return found

    def _choice(self) -> Pattern:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Pattern:
        parts: list[Pattern] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self, part: Pattern) -> Pattern:
        found = _REPEAT.match(self._text, self._at)
        if found is None:
            return part
        if isinstance(part, Edge) or _REPEAT.match(self._text, found.end()):
            raise ExpressionError("this cannot be repeated", self._at)
        least, most = _bounds(found)
        if max(least, most or 0) > MOST_REPEATS or (most is not None and most < least):
            raise ExpressionError(f"repeats are from 0 to {MOST_REPEATS}, the smaller one first", self._at)
        self._at = found.end()
        return Repeat(part, least, most)

    def _atom(self) -> Pattern:
        start, sign = self._at, self._next()
        if sign == "(":
            return self._group(start)
        if sign == "[":
            return Letter(self._class(start))
        if sign == ".":
            return Letter(_others(_LINE_ENDS))
        if sign in "^$":
            return Edge(sign)
        if sign in "*+?{}]":
            raise ExpressionError(f"'{sign}' has no meaning here; write \\{sign}", start)
        return Letter(self._escaped(start)) if sign == "\\" else Letter(((ord(sign), ord(sign)),))

    def _group(self, start: int) -> Pattern:
        self._depth += 1
        if self._depth > 20:
            raise ExpressionError("groups nest 20 deep at most", start)
        if self._take("?") and not self._take(":"):
            raise UnknownPatternError("of groups with ? only (?:…) is known", start)
        inner = self._choice()
        if not self._take(")"):
            raise ExpressionError("this group is not closed", start)
        self._depth -= 1
        return Sequence((inner,)) if isinstance(inner, Edge) else inner

    def _class(self, start: int) -> Ranges:
        excluded, found = self._take("^"), list[Range]()
        while not self._take("]"):
            if self._at >= len(self._text):
                raise ExpressionError("this class is not closed", start)
            found.extend(self._member())
        if not found:
            raise ExpressionError("an empty class matches nothing", start)
        return _others(_merged(found)) if excluded else _merged(found)

    def _member(self) -> Ranges:
        """One letter, one escape, or a range of letters."""
        start = self._at
        first = self._one()
        if self._text[self._at : self._at + 1] != "-" or self._text[self._at + 1 : self._at + 2] in ("", "]"):
            return first
        self._at += 1
        ends = [each[0][0] for each in (first, self._one()) if len(each) == 1 and each[0][0] == each[0][1]]
        if len(ends) < 2 or ends[0] > ends[1]:
            raise ExpressionError("a range leads from one letter to a later one", start)
        return ((ends[0], ends[1]),)

    def _one(self) -> Ranges:
        start, sign = self._at, self._next()
        return self._escaped(start) if sign == "\\" else ((ord(sign), ord(sign)),)

    def _escaped(self, start: int) -> Ranges:
        sign = self._next() if self._at < len(self._text) else ""
        if sign in ("d", "w", "s"):
            return {"d": _DIGITS, "w": _LETTERS, "s": _BLANKS}[sign]
        if sign in ("D", "W", "S"):
            return _others({"D": _DIGITS, "W": _LETTERS, "S": _BLANKS}[sign])
        if sign in ("u", "U") and (number := self._number(4 if sign == "u" else 8)):
            return ((number, number),)
        if sign in _CONTROLS:
            return ((ord(_CONTROLS[sign]), ord(_CONTROLS[sign])),)
        if not sign:
            raise ExpressionError("a letter has to follow the \\", start)
        if sign.isalnum():
            raise UnknownPatternError(f"'\\{sign}' is not known in patterns", start)
        return ((ord(sign), ord(sign)),)

    def _number(self, digits: int) -> int:
        """So many hexadecimal digits, or 0 where there are none."""
        text = self._text[self._at : self._at + digits]
        if len(text) < digits or not set(text) <= set(hexdigits) or int(text, 16) > _LAST:
            return 0
        self._at += digits
        return int(text, 16)

    def _next(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _take(self, sign: str) -> bool:
        taken = self._text.startswith(sign, self._at)
        self._at += taken
        return taken


def _merged(ranges: list[Range]) -> Ranges:
    """In order, and none touching the next."""
    found: list[Range] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def _others(ranges: Ranges) -> Ranges:
    """All but these; no text has a NUL."""
    edges = [(0, 0), *ranges, (_LAST + 1, _LAST + 1)]
    gaps = ((before[1] + 1, after[0] - 1) for before, after in pairwise(edges))
    return tuple((low, high) for low, high in gaps if low <= high)


def _size(pattern: Pattern) -> int:
    """How many states its automaton has, or a few less."""
    match pattern:
        case Sequence(parts=inner) | Choice(options=inner):
            return 1 + sum(map(_size, inner))
        case Repeat(part=part, least=least, most=most):
            return (1 + _size(part)) * max(least, most or 1)
        case _:
            return 1


def _spell(pattern: Pattern) -> str:
    match pattern:
        case Letter(ranges=((low, high),)) if low == high:
            return _letter(low)
        case Letter(ranges=ranges):
            return f"[{''.join(_letter(low) + '-' + _letter(high) for low, high in ranges)}]"
        case Edge(sign=sign):
            return sign
        case Sequence(parts=parts):
            return "".join(
                f"(?:{_spell(part)})" if isinstance(part, Choice) else _spell(part) for part in parts
            )
        case Choice(options=options):
            return "|".join(map(_spell, options))
        case Repeat(part=part, least=least, most=most):
            whole = _spell(part) if isinstance(part, Letter) else f"(?:{_spell(part)})"
            return f"{whole}{{{least},{'' if most is None else most}}}"


def _letter(point: int) -> str:
    letter = chr(point)
    if letter.isascii() and letter.isalnum():
        return letter
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
    if found["sign"]:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[found["sign"]]
    least = int(found["least"])
    if not found["comma"]:
        return least, least
    return least, int(found["most"]) if found["most"] else None
