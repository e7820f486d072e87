"""A single property as a request writes it: as JSON, as a bare value, or taken away."""

from typing import Any

from . import bodies, literals
from .bodies import Body
from .decoding import WrongValueError
from .edm import ComplexType, Primitive
from .errors import Detail, ODataError, invalid
from .exchange import Exchange
from .plans import Row
from .registry import Property
from .resources import Kind, Resource


def values_of(exchange: Exchange, resource: Resource) -> dict[str, Any]:
    """What to change, by declared name: a part of a complex value lies in a dict of its own. Raises 400."""
    *outer, declared = resource.properties
    kept = resource.set.type.key if resource.set else ()
    if any(each.computed or not each.updatable or each.name in kept for each in resource.properties):
        raise ODataError(400, "", f"{declared.name} cannot be written.", declared.name)
    values = {declared.name: _value(exchange, resource, declared)}
    for each in reversed(outer):
        values = {each.name: values}
    return values


def value_in(resource: Resource, row: Row) -> Any:
    value: Any = row
    for each in resource.properties:
        value = None if value is None else value[each.name]
    return value


def _value(exchange: Exchange, resource: Resource, declared: Property) -> Any:
    if exchange.method == "DELETE":
        return _checked(declared, None)
    if resource.kind is Kind.RAW:
        return _bare(exchange, declared)
    body = bodies.read(exchange)
    if isinstance(declared.type, ComplexType):
        return _checked(declared, body.members, ieee754=body.ieee754)
    if "value" not in body.members:
        raise ODataError(400, "", 'Send the new value as {"value": …}.', declared.name)
    return _checked(declared, body.members["value"], ieee754=body.ieee754)


def _checked(declared: Property, given: Any, *, ieee754: bool = False) -> Any:
    body = Body({}, ieee754)
    value = body.value(declared, given)
    body.raise_faults()
    return value


def _bare(exchange: Exchange, declared: Property) -> Any:
    """The body of `…/$value`: the bytes of a Binary, else a text in UTF-8."""
    try:
        value = exchange.body if declared.type is Primitive.BINARY else _from_text(exchange.body, declared)
        bodies.check(declared, value)
    except WrongValueError as error:
        raise invalid([Detail(declared.name, f"{declared.name} {error}.")]) from None
    return value


def _from_text(body: bytes, declared: Property) -> Any:
    try:
        return literals.from_text(body.decode(), declared.type)
    except UnicodeDecodeError:
        raise WrongValueError("must be a text in UTF-8") from None
