"""JSON request bodies, read so that nothing in them can surprise what comes after.

Refused with the place of the fault: duplicate members (the last one would win silently), NUL and lone
surrogates (PostgreSQL stores neither; SQLite stores a surrogate that can never be read again), NaN and
Infinity, and nesting deeper than 64. A byte order mark, as .NET writes it, is accepted.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import IO, Any

from django.http import UnreadablePostError
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from integrationhub.wire.problems import BodyTooLarge, FieldError, InvalidInput

LARGEST = 10 * 1024 * 1024
DEEPEST = 64

_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
# Strict JSON has neither in plain sight: they come as escapes, or not at all.
_FORBIDDEN_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:20]} is out of the range of a number")
    return number


class JSONBodyParser(BaseParser):
    media_type = "application/json"
    renderer_class = JSONRenderer
    read_fraction: Callable[[str], object] = staticmethod(_finite)

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return loads(read(stream), self.read_fraction)


class ExactJSONBodyParser(JSONBodyParser):
    """Fractions as Decimal: every digit that was sent."""

    read_fraction = Decimal


def loads(body: bytes, read_fraction: Callable[[str], object] = _finite) -> Any:
    """The value of a body. Raises ParseError or InvalidInput, both a 400 that names the place."""
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=read_fraction
        )
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 at byte {error.start}.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ParseError(f"The body is not JSON: {error.msg} at {place}.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}.") from None
    except ArithmeticError:
        raise ParseError("The body is not JSON: a number's exponent has too many digits.") from None
    _check_depth(value)
    if _FORBIDDEN_ESCAPE.search(text):
        _check_characters(value)
    return value


def read(stream: IO[Any]) -> bytes:
    """The whole body. Raises ParseError and BodyTooLarge."""
    try:
        body: bytes = stream.read(LARGEST + 1)
    except UnreadablePostError:
        raise ParseError("The body ended before it was complete.") from None
    if len(body) > LARGEST:
        raise BodyTooLarge(f"A body has at most {LARGEST} bytes.")
    return body


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        twice, _ = Counter(name for name, _ in members).most_common(1)[0]
        raise ValueError(f"the member {twice[:100]!a} occurs twice in one object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _too_deep() -> ParseError:
    return ParseError(f"The body is nested deeper than {DEEPEST} levels.")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [child for node in level for child in _children(node) if isinstance(child, dict | list)]
        if not level:
            return
    raise _too_deep()


def _children(node: Any) -> Iterator[Any]:
    return iter(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())


def _check_characters(value: Any) -> None:
    errors = [
        FieldError(path, "The text holds a NUL or half of a surrogate pair.")
        for path, text in _texts(value, "")
        if _FORBIDDEN.search(text)
    ]
    if errors:
        raise InvalidInput(errors)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every string with its place; a member's name counts as a string of its object."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, child in value.items():
            yield path, name
            shown = _FORBIDDEN.sub("�", name)
            yield from _texts(child, f"{path}.{shown}" if path else shown)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _texts(child, f"{path}[{index}]")
