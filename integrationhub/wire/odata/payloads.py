"""Answers: what was found or done, in the form that the caller wants."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from . import context_urls, etags
from .edm import ComplexType, EdmType, Primitive
from .encoding import dumps, spell
from .errors import ODataError
from .exchange import Exchange
from .negotiation import Format, Metadata, Version
from .plans import VERSION, Page, Plan, Row
from .resources import Resource
from .shaping import encode, shape_of, type_annotation

TEXT = "text/plain;charset=utf-8"
BYTES = "application/octet-stream"


def service_document(exchange: Exchange) -> HttpResponse:
    service = exchange.service
    imports = [each for each in service.operations if each.bound_to is None and each.is_function]
    entries = [
        *[(each.name, "EntitySet") for each in service.sets],
        *[(each.name, "Singleton") for each in service.singletons],
        *[(each.name, "FunctionImport") for each in imports if not each.parameters],
    ]
    listed = [{"name": name, "kind": kind, "url": name} for name, kind in entries]
    return _json(exchange, {**_context(exchange, context_urls.of_service(exchange)), "value": listed})


def collection(exchange: Exchange, resource: Resource, plan: Plan, page: Page) -> HttpResponse:
    shape = shape_of(exchange, plan)
    payload = _context(exchange, context_urls.of_collection(exchange, plan))
    if page.count is not None:
        payload["@odata.count"] = encode(exchange, Primitive.INT64, page.count)
    payload["value"] = [shape(row) for row in page.rows]
    if page.next_link is not None:
        payload["@odata.nextLink"] = page.next_link
    return _json(exchange, payload, headers=_page_preference(exchange))


def entity(exchange: Exchange, resource: Resource, plan: Plan, row: Row, status: int = 200) -> HttpResponse:
    """Raises 412 where a GET names another version; answers 304 where it names this one."""
    version = row.get(VERSION)
    tag = {} if version is None else {"ETag": etags.etag_of(version)}
    if exchange.method in ("GET", "HEAD"):
        if etags.is_known(exchange.headers, version):
            return HttpResponse(status=304, headers=tag)
        if "If-None-Match" not in exchange.headers:
            etags.check(exchange.headers, version)
    context = _context(exchange, context_urls.of_entity(exchange, resource, plan))
    return _json(exchange, {**context, **shape_of(exchange, plan)(row)}, status, tag)


def value(exchange: Exchange, resource: Resource, property_type: EdmType, value: Any) -> HttpResponse:
    """A property, or what an operation answers. Null is 204."""
    if value is None:
        return HttpResponse(status=204)
    payload = _context(exchange, context_urls.of_value(exchange, resource, property_type))
    if exchange.format.metadata is Metadata.FULL:
        payload["@odata.type"] = type_annotation(exchange, property_type)
    encoded = encode(exchange, property_type, value)
    if isinstance(property_type, ComplexType):
        return _json(exchange, {**payload, **encoded})
    return _json(exchange, {**payload, "value": encoded})


def raw(exchange: Exchange, edm_type: EdmType, value: Any) -> HttpResponse:
    """The bare value, whatever form the caller accepts. Null is 204."""
    if value is None:
        return HttpResponse(status=204)
    if edm_type is Primitive.BINARY:
        return HttpResponse(bytes(value), content_type=BYTES)
    return HttpResponse(spell(value), content_type=TEXT)


def error(exchange: Exchange, error: ODataError) -> HttpResponse:
    """In JSON also for who accepts none: an error that cannot be read helps nobody."""
    try:
        content_type = exchange.format.content_type
    except ODataError:
        content_type = Format().content_type
    return HttpResponse(
        dumps(error.body), status=error.status, content_type=content_type, headers=error.headers
    )


def _context(exchange: Exchange, url: str) -> dict[str, Any]:
    return {} if exchange.format.metadata is Metadata.NONE else {"@odata.context": url}


def _page_preference(exchange: Exchange) -> dict[str, str]:
    size = exchange.preferences.get("maxpagesize", "")
    if not size.isdecimal() or int(size) < 1:
        return {}
    prefix = "odata." if exchange.version is Version.V40 else ""
    return {"Preference-Applied": f"{prefix}maxpagesize={size}"}


def _json(
    exchange: Exchange,
    payload: Mapping[str, Any],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    return HttpResponse(
        dumps(payload), status=status, content_type=exchange.format.content_type, headers=dict(headers or {})
    )
