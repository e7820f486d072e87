"""ASP.NET Web API 2 as its clients know it: negotiation, media types, and the shapes of its errors."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from integrationhub.wire import datacontract, forms, media_types, xml_bodies
from integrationhub.wire.datacontract import Contract
from integrationhub.wire.dotnet_json import DotNetJSONParser

_DENIED = "Authorization has been denied for this request."
_FAILED = "An error has occurred."
_INVALID = "The request is invalid."
_UNTYPED = (
    "The request contains an entity body but no Content-Type header."
    " The inferred media type 'application/octet-stream' is not supported for this resource."
)


@dataclass(frozen=True, slots=True)
class Reply:
    """Values to be written as their contract says, in whichever media type was asked for."""

    contract: Contract
    values: Mapping[str, Any]


class UntypedBody(UnsupportedMediaType):
    def __init__(self) -> None:
        super().__init__("", _UNTYPED)


class Negotiation(BaseContentNegotiation):
    """Never refuses an Accept header: an answer in another type is better than none."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        if not request.content_type:
            raise UntypedBody
        sent = media_types.essence(request.content_type)
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        by_type = {renderer.media_type: renderer for renderer in renderers}
        sent = media_types.essence(request.META.get("CONTENT_TYPE", ""))
        chosen = media_types.choose(request.META.get("HTTP_ACCEPT", ""), list(by_type), sent=sent)
        return by_type[chosen], chosen


class TextJSONParser(DotNetJSONParser):
    media_type = "text/json"


class HTMLJSONParser(DotNetJSONParser):
    media_type = "text/html"


class XMLParser(BaseParser):
    media_type = "application/xml"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        return xml_bodies.read(stream)


class TextXMLParser(XMLParser):
    media_type = "text/xml"


class FormParser(BaseParser):
    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        return forms.read(stream)


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = "utf-8"

    def render(self, data: Any, media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if isinstance(data, Reply):
            data = datacontract.to_json(data.contract, data.values)
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


class TextJSONRenderer(JSONRenderer):
    media_type = "text/json"
    format = "text-json"


class HTMLJSONRenderer(JSONRenderer):
    """What a browser is shown: JSON that calls itself HTML, so its markup is escaped."""

    media_type = "text/html"
    format = "html"

    def render(self, data: Any, media_type: str | None = None, renderer_context: Any = None) -> bytes:
        written = super().render(data, media_type, renderer_context)
        return written.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")


class XMLRenderer(BaseRenderer):
    media_type = "application/xml"
    format = "xml"
    charset = "utf-8"

    def render(self, data: Any, media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if isinstance(data, Reply):
            return datacontract.to_xml(data.contract, data.values).encode()
        return f"<Error>{''.join(_error_parts(data))}</Error>".encode()


class TextXMLRenderer(XMLRenderer):
    media_type = "text/xml"
    format = "text-xml"


PARSERS = (DotNetJSONParser, TextJSONParser, HTMLJSONParser, XMLParser, TextXMLParser, FormParser)
RENDERERS = (JSONRenderer, TextJSONRenderer, HTMLJSONRenderer, XMLRenderer, TextXMLRenderer)


def _error_parts(error: Mapping[str, Any]) -> list[str]:
    """Names of members hold dots and dollars; those an element cannot carry are written as .NET does."""
    return [
        f"<{_element_name(name)}>{_error_value(value)}</{_element_name(name)}>"
        for name, value in error.items()
    ]


def _error_value(value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(_error_parts(value))
    return datacontract.text(" ".join(value) if isinstance(value, list) else value)


def _element_name(name: str) -> str:
    written = "".join(
        char if char.isascii() and (char.isalnum() or char in "._-") else f"_x{ord(char):04X}_"
        for char in name
    )
    return (
        written if written[:1].isalpha() or written[:1] == "_" else f"_x{ord(written[0]):04X}_{written[1:]}"
    )


# Errors


def reshaped(problem: Response, request: Request) -> Response:
    """A problem (RFC 9457) as Web API words it; its status and headers stay."""
    headers = {name: problem[name] for name in ("WWW-Authenticate", "Retry-After") if name in problem}
    return Response(_error(problem.status_code, problem.data, request), problem.status_code, headers=headers)


def failure() -> Response:
    return Response({"Message": _FAILED}, 500)


def _error(status: int, problem: Mapping[str, Any], request: Request) -> dict[str, Any]:
    match status:
        case 401:
            return {"Message": _DENIED}
        case 404:
            return nowhere(request)
        case 405:
            return {"Message": f"The requested resource does not support http method '{request.method}'."}
        case 415:
            return {"Message": _unsupported(request)}
        case 400:
            return {"Message": _INVALID, "ModelState": _model_state(problem)}
    return {"Message": problem["detail"]}


def nowhere(request: Request) -> dict[str, Any]:
    uri = request.build_absolute_uri(request.get_full_path_info())[:2000]
    return {
        "Message": f"No HTTP resource was found that matches the request URI '{uri}'.",
        "MessageDetail": "No type was found that matches the controller of the request URI.",
    }


def _unsupported(request: Request) -> str:
    if not request.content_type:
        return _UNTYPED
    sent = media_types.essence(request.content_type)[:100]
    return f"The request entity's media type '{sent}' is not supported for this resource."


def _model_state(problem: Mapping[str, Any]) -> dict[str, list[str]]:
    state: dict[str, list[str]] = {}
    for error in problem.get("errors") or [{"field": "", "message": problem["detail"]}]:
        field = error["field"] or datacontract.ROOT
        state.setdefault(field, []).append(error["message"])
    return state
