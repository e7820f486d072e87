"""What the action `http.pull` is told: where the pages are, how they follow each other, what an item is."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from integrationhub.wire.transport import check_url
from integrations.errors import Refused
from queues.mapping import MappingError, compile_expression

LARGEST_PAGE = 10_000

_EXPRESSION = {"type": "string", "minLength": 1, "maxLength": 4096, "description": "JMESPath"}
_PARAMETER = {"type": "string", "minLength": 1, "maxLength": 128}


class Style(StrEnum):
    """How the next page is found. Without a style there is only one page."""

    NEXT_LINK = "next_link"
    """A link in the body where `expression` finds it, else the Link header with rel="next"."""
    ODATA_NEXT_LINK = "odata_next_link"
    """The link @odata.nextLink in the body."""
    CURSOR = "cursor"
    """`expression` finds the next value of `parameter` in the body."""
    PAGE_NUMBER = "page_number"
    """`parameter` counts pages from `first` on, until one is empty."""
    OFFSET = "offset"
    """`parameter` counts the items read so far, until a page is empty."""


def _needs(style: Style, *names: str) -> dict[str, Any]:
    is_style = {"properties": {"style": {"const": style.value}}, "required": ["style"]}
    return {"if": is_style, "then": {"required": list(names)}}


_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "pattern": "^/[^?#]*$", "maxLength": 2048},
        "query": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 50},
        "items": {**_EXPRESSION, "default": "@"},
        "key": _EXPRESSION,
        "name": _EXPRESSION,
        "mapping": _EXPRESSION,
        "paging": {
            "type": "object",
            "properties": {
                "style": {"enum": [style.value for style in Style]},
                "parameter": _PARAMETER,
                "expression": _EXPRESSION,
                "first": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
            },
            "required": ["style"],
            "additionalProperties": False,
            "allOf": [
                _needs(Style.CURSOR, "parameter", "expression"),
                _needs(Style.PAGE_NUMBER, "parameter"),
                _needs(Style.OFFSET, "parameter"),
            ],
        },
        "watermark": {
            "type": "object",
            "properties": {
                "parameter": _PARAMETER,
                "expression": _EXPRESSION,
                "initial": {"type": ["string", "number"]},
                "format": {"type": "string", "pattern": r"\{value\}", "maxLength": 1024},
            },
            "required": ["parameter", "expression"],
            "additionalProperties": False,
        },
        "page_size": {
            "type": "object",
            "properties": {
                "parameter": _PARAMETER,
                "size": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
            },
            "required": ["parameter", "size"],
            "additionalProperties": False,
        },
        "most_pages": {"type": "integer", "minimum": 1, "maximum": 1000},
    },
    "required": ["path", "key"],
    "additionalProperties": False,
}
_VALIDATOR = Draft202012Validator(_SCHEMA)


@dataclass(frozen=True, slots=True)
class Paging:
    style: Style
    parameter: str = ""
    expression: str = ""
    first: int = 1


@dataclass(frozen=True, slots=True)
class Watermark:
    """`expression` finds an item's mark; the furthest one is sent as `parameter`, put into `format`."""

    parameter: str
    expression: str
    initial: str | int | float | None = None
    format: str = "{value}"


@dataclass(frozen=True, slots=True)
class Pull:
    """A configuration that has been checked. Without a watermark every sweep reads all there is."""

    path: str
    key: str
    query: Mapping[str, str] = field(default_factory=dict)
    items: str = "@"
    name: str | None = None
    mapping: str | None = None
    paging: Paging | None = None
    watermark: Watermark | None = None
    page_size: Mapping[str, Any] | None = None
    most_pages: int = 100

    @property
    def signature(self) -> str:
        """Changes with all that decides which pages there are, and what is read from them."""
        parts = (self.path, dict(self.query), self.items, self.key, self.name, self.paging, self.watermark)
        return hashlib.sha256(repr((*parts, self.page_size)).encode()).hexdigest()


def read(configuration: Mapping[str, Any]) -> Pull:
    """Raises Refused, naming the place, for a configuration that cannot work."""
    error = best_match(_VALIDATOR.iter_errors(configuration))
    if error is not None:
        place = "/".join(map(str, error.absolute_path)) or "configuration"
        raise Refused(f"{place}: {error.message}", field="configuration")
    _check_path(configuration["path"])
    for place, expression in _expressions(configuration):
        _check_expression(place, expression)
    given = dict(configuration)
    if "paging" in given:
        given["paging"] = Paging(**{**given["paging"], "style": Style(given["paging"]["style"])})
    if "watermark" in given:
        given["watermark"] = Watermark(**given["watermark"])
    return Pull(**given)


def _check_path(path: str) -> None:
    try:
        check_url(f"http://system{path}")
    except ValueError as error:
        raise Refused(f"path: {error}", field="configuration") from None


def _check_expression(place: str, text: str) -> None:
    try:
        compile_expression(text)
    except MappingError as error:
        raise Refused(f"{place}: {error}", field="configuration") from None


def _expressions(configuration: Mapping[str, Any]) -> list[tuple[str, str]]:
    own = [
        (name, configuration[name]) for name in ("items", "key", "name", "mapping") if name in configuration
    ]
    nested = [
        (f"{name}/expression", configuration[name]["expression"])
        for name in ("paging", "watermark")
        if "expression" in configuration.get(name, {})
    ]
    return own + nested
