"""Actions: a POST whose body holds the parameters."""

from django.db import transaction
from django.http import HttpResponse

from . import bodies, etags, operations, writing
from .errors import not_found
from .exchange import Exchange
from .registry import Operation
from .resources import Resource


def answer(exchange: Exchange, resource: Resource) -> HttpResponse:
    """One transaction, in which a row that is acted on is held and of the version that If-Match names."""
    operation = resource.operation
    if operation is None:
        raise writing.not_allowed(exchange, resource)
    body = bodies.read(exchange, required=False)
    with transaction.atomic():
        _hold(exchange, resource, operation)
        return operations.answer(exchange, resource, bodies.arguments(body, operation.parameters))


def _hold(exchange: Exchange, resource: Resource, operation: Operation) -> None:
    if resource.set is None or resource.rows is None or operation.to_collection:
        return
    row = writing.locked(resource.rows)
    if row is None:
        raise not_found()
    etags.check(exchange.headers, writing.version_of(resource.set, row))
