"""One request, one answer: what is addressed, whether the caller may, and who answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse

from . import actions, batch, errors, metadata, operations, payloads, reading, writing
from .edm import CollectionOf, ComplexType
from .errors import ODataError, not_found
from .exchange import Exchange, parse_options
from .negotiation import Version
from .plans import Row
from .registry import Property
from .resolving import resolve
from .resources import Kind, Resource
from .time_limits import limited

READS = ("GET", "HEAD")


def dispatch(exchange: Exchange) -> HttpResponse:
    """Answer a request. What is wrong with it is an answer as well; only what nobody foresaw is raised."""
    try:
        with limited(exchange.seen.connection, exchange.service.limits.seconds):
            response = _answer(exchange)
    except Exception as error:
        response = failed(exchange, error)
    if response.status_code in (204, 304):
        del response.headers["Content-Type"]
    return bodiless(response) if exchange.method == "HEAD" else response


def bodiless(response: HttpResponse) -> HttpResponse:
    """The answer to HEAD: how long the body would be, and no body."""
    response.headers["Content-Length"] = str(len(response.content))
    response.content = b""
    return response


def failed(exchange: Exchange, error: Exception) -> HttpResponse:
    """The answer to an error; raises it again where nobody foresaw it."""
    known = errors.translate(error)
    if known is None:
        raise error
    response = payloads.error(exchange, known)
    response.headers["OData-Version"] = str(_version(exchange))
    return response


def _version(exchange: Exchange) -> Version:
    try:
        return exchange.version
    except ODataError:
        return Version.V40


def _answer(exchange: Exchange) -> HttpResponse:
    version = exchange.version
    _check_isolation(exchange)
    resource = resolve(exchange)
    _permit(exchange, resource)
    response = _ANSWERS.get(resource.kind, _of_rows)(exchange, resource)
    response.headers.setdefault("OData-Version", str(version))
    return response


def _check_isolation(exchange: Exchange) -> None:
    """Who asks for a snapshot must not be served without one, as OData has it."""
    for name in ("OData-Isolation", "Isolation"):
        if name in exchange.headers:
            raise ODataError(412, "", "There is no isolation of requests.", name)


def _permit(exchange: Exchange, resource: Resource) -> None:
    """Raises ODataError 403 where the caller lacks the scope of what is addressed."""
    if (scope := _scope(exchange, resource)) and not exchange.service.permits(exchange.principal, scope):
        raise ODataError(403, "", f"The credential lacks the scope {scope}.")


def _scope(exchange: Exchange, resource: Resource) -> str | None:
    if resource.operation is not None:
        return resource.operation.scope
    if resource.set is None:
        return None
    reads = exchange.method in READS or resource.is_query
    return exchange.service.read_scope if reads else resource.set.write_scope


def _of_rows(exchange: Exchange, resource: Resource) -> HttpResponse:
    if resource.is_query:
        return _query(exchange, resource)
    if exchange.method in READS:
        return _READERS[resource.kind](exchange, resource)
    return writing.answer(exchange, resource)


def _query(exchange: Exchange, resource: Resource) -> HttpResponse:
    """`POST …/$query`: the options stand in the body, since a URL has not always room for them."""
    if exchange.method != "POST":
        raise _not_allowed(exchange, "POST")
    if not exchange.headers.get("Content-Type", "").lower().startswith("text/plain"):
        raise ODataError(415, "", "The options of $query come as text/plain.")
    try:
        options = parse_options(exchange.body.decode("utf-8").strip())
    except UnicodeDecodeError:
        raise ODataError(400, "", "The options have to be in UTF-8.") from None
    asked = replace(exchange, method="GET", options=(*exchange.options, *options), body=b"")
    return _collection(asked, resource)


def _collection(exchange: Exchange, resource: Resource) -> HttpResponse:
    return payloads.collection(exchange, resource, *reading.read_page(exchange, resource))


def _entity(exchange: Exchange, resource: Resource) -> HttpResponse:
    try:
        return payloads.entity(exchange, resource, *reading.read_row(exchange, resource))
    except ODataError as error:
        if error.status == 404 and resource.via is not None and resource.key is None and _has_owner(resource):
            return HttpResponse(status=204)  # a to-one navigation that leads nowhere
        raise


def _has_owner(resource: Resource) -> bool:
    owner = resource.parent.rows if resource.parent else None
    return owner is not None and owner.exists()


def _property(exchange: Exchange, resource: Resource) -> HttpResponse:
    kind, value = _valued(exchange, resource)
    return payloads.value(exchange, resource, kind, value)


def _raw(exchange: Exchange, resource: Resource) -> HttpResponse:
    kind, value = _valued(exchange, resource)
    if isinstance(kind, ComplexType | CollectionOf):
        raise ODataError(400, "", "A complex value or a collection has no raw form.")
    return payloads.raw(exchange, kind, value)


def _valued(exchange: Exchange, resource: Resource) -> tuple[Any, Any]:
    """The type of the property addressed, and its value in the row."""
    for name in exchange.system_options:
        if name != "format":
            raise ODataError(400, "", f"The query option '${name}' does not apply here.", f"${name}")
    first, *parts = resource.properties
    value: Any = _row_with(exchange, resource, first)[first.name]
    for part in parts:
        value = None if value is None else value[part.name]
    return resource.properties[-1].type, value


def _row_with(exchange: Exchange, resource: Resource, shown: Property) -> Row:
    asked = replace(exchange, options=(("$select", shown.name),))
    return reading.read_row(asked, resource)[1]


def _count(exchange: Exchange, resource: Resource) -> HttpResponse:
    return HttpResponse(str(reading.count(exchange, resource)), content_type=payloads.TEXT)


def _operation(exchange: Exchange, resource: Resource) -> HttpResponse:
    operation = resource.operation
    if operation is None:
        raise not_found()
    if operation.is_function:
        if exchange.method not in READS:
            raise _not_allowed(exchange, "GET, HEAD")
        return operations.call_function(exchange, resource)
    if exchange.method != "POST":
        raise _not_allowed(exchange, "POST")
    return actions.answer(exchange, resource)


def _service(exchange: Exchange, resource: Resource) -> HttpResponse:
    _require_read(exchange)
    return payloads.service_document(exchange)


def _metadata(exchange: Exchange, resource: Resource) -> HttpResponse:
    _require_read(exchange)
    return metadata.answer(exchange)


def _batch(exchange: Exchange, resource: Resource) -> HttpResponse:
    if exchange.method != "POST":
        raise _not_allowed(exchange, "POST")
    return batch.answer(exchange, dispatch)


def _require_read(exchange: Exchange) -> None:
    if exchange.method not in READS:
        raise _not_allowed(exchange, "GET, HEAD")
    exchange.require_only("schemaversion")


def _not_allowed(exchange: Exchange, methods: str) -> ODataError:
    message = f"{exchange.method} is not allowed here; there is {methods}."
    return ODataError(405, "", message, headers={"Allow": methods})


Answer = Callable[[Exchange, Resource], HttpResponse]
_READERS: Mapping[Kind, Answer] = {
    Kind.COLLECTION: _collection,
    Kind.ENTITY: _entity,
    Kind.PROPERTY: _property,
    Kind.RAW: _raw,
    Kind.COUNT: _count,
}
_ANSWERS: Mapping[Kind, Answer] = {
    Kind.SERVICE: _service,
    Kind.METADATA: _metadata,
    Kind.BATCH: _batch,
    Kind.OPERATION: _operation,
}
