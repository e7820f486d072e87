"""NetServer's media types: four spellings of JSON, two of XML, and forms on the way in."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from integrationhub.wire import forms, media_types, xml_bodies
from integrationhub.wire.datacontract import INSTANCE, text
from integrationhub.wire.dotnet_json import DotNetJSONParser

FORM = "application/x-www-form-urlencoded"
_JSON = ("application/json", "text/json", "application/json-patch+json", "application/merge-patch+json")
_XML = ("application/xml", "text/xml")
_SCALARS = {bool: "boolean", int: "int", str: "string"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A plain value and what its type is called: the root element in XML."""

    value: Any
    type: str


class Negotiation(BaseContentNegotiation):
    """The type that is asked for; JSON for who asks for something else."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        sent = media_types.essence(request.content_type)
        return next((parser for parser in parsers if sent in parser.media_types), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        by_type = {kind: renderer for renderer in renderers for kind in renderer.media_types}
        sent = media_types.essence(request.META.get("CONTENT_TYPE", ""))
        chosen = media_types.choose(request.META.get("HTTP_ACCEPT", ""), list(by_type), sent=sent)
        by_type[chosen].media_type = chosen  # of this request's own renderer
        return by_type[chosen], chosen


class JSONParser(DotNetJSONParser):
    media_types = _JSON


class XMLParser(BaseParser):
    media_type = "application/xml"
    media_types = _XML

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        return xml_bodies.read(stream)


class FormParser(BaseParser):
    media_type = FORM
    media_types = (FORM,)

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        return forms.read(stream)


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    media_types = _JSON
    format = "json"
    charset = "utf-8"

    def render(self, data: Any, media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if data is None:
            return b""
        return json.dumps(data.value, ensure_ascii=False).encode()


class XMLRenderer(BaseRenderer):
    media_type = "application/xml"
    media_types = _XML
    format = "xml"
    charset = "utf-8"

    def render(self, data: Any, media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if data is None:
            return b""
        return _element(_root_name(data.type), data.value, data.type.removesuffix("[]")).encode()


PARSERS = (JSONParser, XMLParser, FormParser)
RENDERERS = (JSONRenderer, XMLRenderer)


def _root_name(kind: str) -> str:
    kind = {"bool": "boolean"}.get(kind, kind)
    return f"ArrayOf{kind[0].upper()}{kind[1:-2]}" if kind.endswith("[]") else kind


def _element(name: str, value: Any, kind: str = "") -> str:
    """Keys that are no name of an element become an attribute."""
    match value:
        case None:
            return f'<{name} xmlns:i="{INSTANCE}" i:nil="true" />'
        case bool():
            return f"<{name}>{str(value).lower()}</{name}>"
        case Mapping():
            return f"<{name}>{''.join(_entry(key, each) for key, each in value.items())}</{name}>"
        case list():
            inside = "".join(_element(_item_name(each, kind), each) for each in value)
            return f"<{name}>{inside}</{name}>"
    return f"<{name}>{text(value)}</{name}>"


def _entry(key: str, value: Any) -> str:
    if key.isascii() and key.isidentifier():
        return _element(key, value)
    return f"<Item><Key>{text(key)}</Key>{_element('Value', value)}</Item>"


def _item_name(value: Any, kind: str) -> str:
    return kind if kind and isinstance(value, Mapping) else _SCALARS.get(type(value), "Item")
