"""Payload mapping: from an item's values to what is sent, by JMESPath."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from math import prod
from typing import Any
from urllib.parse import quote
from uuid import UUID

import jmespath
import orjson
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LIMIT = 4096
BODY_LIMIT = 1024 * 1024
MOST_GROWTH = 256
_SMALL = 16 * 1024
_EXACT_DIGITS = 15  # of any number, in a float
_AS_THEY_ARE = (str, int, bool, float)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


class MappingError(ValueError):
    """An expression that does not parse, or that finds nothing where a value is needed."""


@lru_cache(maxsize=1024)
def compile_expression(text: str) -> ParsedResult:
    """The parsed JMESPath. Raises MappingError with the parser's reason."""
    if len(text) > _LIMIT:
        raise MappingError(f"A mapping may have {_LIMIT} characters; this one has {len(text)}.")
    try:
        parsed = jmespath.compile(text)
        if _growth(parsed.parsed) > MOST_GROWTH:
            raise MappingError(f"The mapping repeats its input more than {MOST_GROWTH} times.")
    except (JMESPathError, RecursionError) as error:
        raise MappingError(f"The mapping does not parse: {error}") from None
    return parsed


# What follows one another multiplies what it repeats; what stands side by side adds up.
_CHAINS = {
    "pipe",
    "subexpression",
    "index_expression",
    "projection",
    "value_projection",
    "filter_projection",
}


def _growth(node: Mapping[str, Any]) -> int:
    """How many times the value of a parsed expression can be as large as its input, at most."""
    children = [child for child in node["children"] if isinstance(child, Mapping)]
    sizes = [_growth(child) for child in children]
    is_chain = node["type"] in _CHAINS or any(child["type"] == "expref" for child in children)
    return max(1, prod(sizes) if is_chain else sum(sizes))


def render_body(expression: str | None, values: Mapping[str, object], *, with_blanks: bool = True) -> bytes:
    """The JSON body: what the expression makes of the values, or all of them when there is none.

    Without blanks, the members of objects that are null or an empty text are left out.
    """
    if expression is None:
        body = _encode(values if with_blanks else _without_blanks(values))
        _check_size(len(body))
        return body
    plain = as_json(values)
    result = search(expression, plain)
    if not with_blanks:
        result = _without_blanks(result)
    # Piece by piece takes many times as long, and what is small cannot grow beyond all bounds.
    is_small = len(repr(plain)) <= _SMALL
    return b"".join(_limited([_ENCODER.encode(result)] if is_small else _ENCODER.iterencode(result)))


def _encode(values: object) -> bytes:
    try:
        return orjson.dumps(values, default=as_json, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:  # as for a number of more than 64 bits
        return _ENCODER.encode(as_json(values)).encode()


def is_blank(value: object) -> bool:
    return value is None or value == ""


def _without_blanks(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _without_blanks(each) for name, each in value.items() if not is_blank(each)}
    return [_without_blanks(each) for each in value] if isinstance(value, list) else value


def _limited(pieces: Iterable[str]) -> Iterator[bytes]:
    """The JSON text is given up as soon as it is too long. Raises MappingError."""
    size = 0
    for piece in pieces:
        chunk = piece.encode()
        size += len(chunk)
        _check_size(size)
        yield chunk


def _check_size(size: int) -> None:
    if size > BODY_LIMIT:
        raise MappingError(f"The mapping makes more than {BODY_LIMIT} bytes of this item.")


def search(expression: str, value: object) -> Any:
    """What the expression finds in a JSON value, None where it finds nothing. Raises MappingError."""
    try:
        return compile_expression(expression).search(value)
    except (JMESPathError, RecursionError) as error:
        raise MappingError(f"The mapping fails for this item: {error}") from None


def check_path(template: str) -> None:
    """Raises MappingError unless every {placeholder} of the path parses."""
    if not template.startswith("/"):
        raise MappingError("The path starts with /.")
    if "{" in _PLACEHOLDER.sub("", template) or "}" in _PLACEHOLDER.sub("", template):
        raise MappingError("The path has an unmatched brace.")
    for expression in _PLACEHOLDER.findall(template):
        compile_expression(expression)


def render_path(template: str, values: Mapping[str, object]) -> str:
    """The path with each {JMESPath} replaced by its value, percent-encoded."""
    if "{" not in template:
        return template
    plain = as_json(values)

    def value_of(match: re.Match[str]) -> str:
        found = search(match[1], plain)
        if found is None or isinstance(found, dict | list):
            raise MappingError(f"The path needs a value for {{{match[1]}}}, and this item has none.")
        return quote(str(found), safe="")

    return _PLACEHOLDER.sub(value_of, template)


def as_json(value: object) -> object:
    """A typed value as JSON has it. A decimal stays a number where a number can hold it exactly."""
    if value is None or type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [as_json(member) for member in value]
    if isinstance(value, Mapping):
        return {
            key: member if type(member) in _AS_THEY_ARE else as_json(member) for key, member in value.items()
        }
    return str(value) if isinstance(value, UUID) else value


def _number(value: Decimal) -> int | float | str:
    text = str(value)
    if len(text) <= _EXACT_DIGITS and "E" not in text and value.is_finite():
        number = float(text)
        return int(number) if number.is_integer() else number
    if value == value.to_integral_value():
        return int(value)
    nearest = float(value)
    return nearest if Decimal(repr(nearest)) == value else str(value)
