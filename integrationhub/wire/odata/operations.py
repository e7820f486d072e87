"""Functions and actions: run, and their result as an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from . import keys, literals, payloads, reading
from .decoding import WrongValueError
from .errors import ODataError, not_found
from .exchange import Exchange
from .registry import MISSING, EntityResult, Operation, Parameter
from .resources import Kind, Resource


def call_function(exchange: Exchange, resource: Resource) -> HttpResponse:
    """A function's arguments stand in the path. Raises ODataError."""
    operation = _operation(resource)
    return answer(exchange, resource, _arguments(operation, resource.arguments))


def answer(exchange: Exchange, resource: Resource, arguments: Mapping[str, Any]) -> HttpResponse:
    """Run an operation with its arguments by declared name. Raises ODataError."""
    operation = _operation(resource)
    if resource.set is not None and not operation.to_collection:
        _require_row(resource.rows)
    result = operation.run(exchange.caller, resource.rows, arguments)
    if isinstance(operation.returns, EntityResult):
        return _entities(exchange, operation.returns, result)
    if operation.returns is None:
        return HttpResponse(status=204)
    return payloads.value(exchange, resource, operation.returns, result)


def _entities(exchange: Exchange, returns: EntityResult, result: Any) -> HttpResponse:
    entity_set = exchange.service.named(returns.set)
    visible = exchange.seen.rows(entity_set)
    if returns.many:
        rows = visible.filter(pk__in=result.order_by().values("pk"))
        found = Resource(Kind.COLLECTION, entity_set, rows)
        return payloads.collection(exchange, found, *reading.read_page(exchange, found))
    if result is None:
        return HttpResponse(status=204)
    rows = visible.filter(**keys.key_filter(entity_set.type, result))
    found = Resource(Kind.ENTITY, entity_set, rows, key=result)
    return payloads.entity(exchange, found, *reading.read_row(exchange, found))


def _operation(resource: Resource) -> Operation:
    if resource.operation is None:
        raise not_found()
    return resource.operation


def _require_row(rows: QuerySet[Any] | None) -> None:
    if rows is None or not rows.exists():
        raise not_found()


def _arguments(operation: Operation, given: Mapping[str, str]) -> dict[str, Any]:
    known = {name: each for each in operation.parameters for name in each.folded_names}
    if unknown := [name for name in given if name.lower() not in known]:
        raise ODataError(
            400, "", f"'{operation.name}' has no parameter '{unknown[0][:100]}'.", unknown[0][:100]
        )
    found = {known[name.lower()].name: _value(known[name.lower()], text) for name, text in given.items()}
    for each in operation.parameters:
        if each.name not in found and each.default is MISSING and not each.nullable:
            raise ODataError(400, "", f"'{operation.name}' needs the parameter '{each.name}'.", each.name)
        found.setdefault(each.name, None if each.default is MISSING else each.default)
    return found


def _value(parameter: Parameter, text: str) -> Any:
    try:
        value = literals.parse(text, parameter.type)
    except WrongValueError as error:
        raise ODataError(400, "", f"{parameter.name} {error}.", parameter.name) from None
    if value is None and not parameter.nullable:
        raise ODataError(400, "", f"{parameter.name} must not be null.", parameter.name)
    return value
