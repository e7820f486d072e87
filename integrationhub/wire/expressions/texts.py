"""Strings as the language means them: sequences of code points, compared ordinally, no culture."""

from collections.abc import Callable
from functools import cache

# Replacing is the one function that can make a text many times as long as what it was given.
LONGEST = 65_536
# What .NET calls white space.
WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

# Where Unicode has letters with a case, ASCII left out.
_CASED = range(0x80, 0x1F000)


def lower(text: str) -> str:
    """Lower letter by letter: a letter whose lower form is several keeps its form, as in .NET."""
    return text.lower() if text.isascii() else "".join(map(_lower_letter, text))


def upper(text: str) -> str:
    """Raise letter by letter: `ß` stays `ß`."""
    return text.upper() if text.isascii() else "".join(map(_upper_letter, text))


def _lower_letter(letter: str) -> str:
    lowered = letter.lower()
    return lowered if len(lowered) == 1 else letter


def _upper_letter(letter: str) -> str:
    raised = letter.upper()
    return raised if len(raised) == 1 else letter


@cache
def case_pairs(to: Callable[[str], str]) -> tuple[str, str]:
    """List the letters beyond ASCII that `lower` or `upper` changes, and what they become."""
    pairs = [(letter, to(letter)) for letter in map(chr, _CASED) if to(letter) != letter]
    return "".join(letter for letter, _ in pairs), "".join(changed for _, changed in pairs)


def trim(text: str) -> str:
    return text.strip(WHITE_SPACE)


def substring(text: str, start: int, length: int | None = None) -> str | None:
    """Cut a piece out; what reaches beyond the end is cut there, a negative number gives no result."""
    if start < 0 or (length is not None and length < 0):
        return None
    return text[start:] if length is None else text[start : start + length]


def ending(text: str, length: int) -> str | None:
    """Cut the last letters out: of a shorter text all, of a negative number no result."""
    return None if length < 0 else text[max(0, len(text) - length) :]


def replace(text: str, old: str, new: str) -> str | None:
    """Replace every occurrence, of an empty `old` nothing; no result beyond LONGEST characters."""
    if not old:
        return text
    length = len(text) + text.count(old) * (len(new) - len(old))
    return text.replace(old, new) if length <= LONGEST else None
