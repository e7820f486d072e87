"""Cut lists apart where a separator stands outside quotes and parentheses."""

from collections.abc import Iterator

from integrationhub.wire.expressions.errors import ExpressionError

from .syntax import Part


def split(text: str, separator: str) -> Iterator[Part]:
    """The pieces, without the blanks around them, and where they start. Raises ExpressionError."""
    start, depth, quote = 0, 0, ""
    for position, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == separator and not depth:
            yield _piece(text, start, position)
            start = position + 1
        if depth < 0:
            raise ExpressionError("')' was not expected here", position)
    if quote or depth:
        raise ExpressionError(f"a closing {quote or ')'} is missing", len(text))
    yield _piece(text, start, len(text))


def _piece(text: str, start: int, end: int) -> Part:
    piece = text[start:end]
    return Part(piece.strip(), start + len(piece) - len(piece.lstrip()))
