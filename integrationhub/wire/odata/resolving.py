"""From a path to what it addresses, segment by segment; every hop reaches only what the caller sees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from integrationhub.wire.expressions.errors import ExpressionError

from . import keys
from .edm import ComplexType
from .errors import ODataError
from .exchange import Exchange
from .registry import EntitySet, Navigation, Operation, Property
from .resources import Kind, Resource
from .splitting import split

_SEGMENT = re.compile(r"(?P<name>[^()]+)(?:\((?P<inside>.*)\))?", re.DOTALL)
_LATER = frozenset({"$all", "$crossjoin", "$delta", "$each", "$entity", "$filter", "$ref"})
_ROOTS = {"": Kind.SERVICE, "$metadata": Kind.METADATA, "$batch": Kind.BATCH}


def resolve(exchange: Exchange) -> Resource:
    """Raises ODataError: 404 for what is not here, 400 for what cannot be, 501 for what is later work."""
    return resolve_path(exchange, exchange.path)


def resolve_path(exchange: Exchange, path: str) -> Resource:
    trimmed = path.strip("/")
    if kind := _ROOTS.get(trimmed.lower()):
        return Resource(kind)
    segments = list(_segments(trimmed))
    if len(segments) > exchange.service.limits.path_segments:
        raise ODataError(400, "", f"A path has at most {exchange.service.limits.path_segments} segments.")
    resolver = Resolver(exchange)
    resource = resolver.first(*_parts(segments[0]))
    for segment in segments[1:]:
        resource = resolver.next(resource, *_parts(segment), text=segment)
    return resource


def _segments(path: str) -> Iterator[str]:
    """Cut at slashes, but not at those in the texts of a key."""
    start, depth, quoted = 0, 0, False
    for position, letter in enumerate(path):
        if letter == "'" and depth:
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "/" and not quoted and depth <= 0:
            yield path[start:position]
            start, depth = position + 1, 0
    yield path[start:]


def _parts(segment: str) -> tuple[str, str | None]:
    found = _SEGMENT.fullmatch(segment)
    return (found["name"].strip(), found["inside"]) if found else (segment, None)


class Resolver:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._service = exchange.service
        self._seen = exchange.seen

    def first(self, name: str, inside: str | None) -> Resource:
        if name.lower() in _LATER:
            raise ODataError(501, "", f"Not implemented: {name}.")
        if entity_set := self._service.set(name):
            return self._keyed(self._collection(entity_set), inside)
        if (singleton := self._service.singleton(name)) and inside is None:
            entity_set = self._service.named(singleton.of)
            chosen = singleton.visible_to(self._seen.principal).values("pk")[:1]
            rows = self._seen.rows(entity_set).filter(pk__in=chosen)
            return Resource(Kind.ENTITY, entity_set, rows, singleton=singleton)
        if operation := self._service.operation(name, None, to_collection=False):
            return self._called(Resource(Kind.OPERATION), operation, inside)
        raise _nowhere(name)

    def next(self, resource: Resource, name: str, inside: str | None, *, text: str) -> Resource:
        if name.lower() in _LATER:
            raise ODataError(501, "", f"Not implemented: {name}.")
        step: Callable[[Resource, str, str | None], Resource | None] | None = {
            Kind.COLLECTION: self._in_collection,
            Kind.ENTITY: self._in_entity,
            Kind.PROPERTY: self._in_property,
            Kind.OPERATION: self._in_operation,
        }.get(resource.kind)
        found = step(resource, name, inside) if step else None
        if found is None and resource.kind is Kind.COLLECTION:
            found = self._key_segment(resource, text)
        if found is None:
            raise _nowhere(text)
        return found

    def _collection(self, entity_set: EntitySet) -> Resource:
        return Resource(Kind.COLLECTION, entity_set, self._seen.rows(entity_set))

    def _keyed(self, collection: Resource, inside: str | None) -> Resource:
        if inside is None or not inside.strip() or collection.set is None:
            return collection
        return self._row(collection, keys.parse_key(collection.set, inside, self._exchange.aliases))

    def _row(self, collection: Resource, key: dict[str, Any]) -> Resource:
        if collection.set is None or collection.rows is None:
            raise _nowhere("")
        rows = collection.rows.filter(**keys.key_filter(collection.set.type, key))
        return replace(collection, kind=Kind.ENTITY, rows=rows, key=key)

    def _in_collection(self, resource: Resource, name: str, inside: str | None) -> Resource | None:
        if name.lower() == "$count" and inside is None:
            return replace(resource, kind=Kind.COUNT)
        if name.lower() == "$query" and inside is None:
            return replace(resource, is_query=True)
        operation = self._service.operation(name, resource.set, to_collection=True)
        if operation:
            return self._called(resource, operation, inside)
        _refuse_cast(name)
        return None

    def _key_segment(self, resource: Resource, text: str) -> Resource | None:
        key = keys.segment_key(resource.set, text) if resource.set else None
        return self._row(resource, key) if key else None

    def _in_entity(self, resource: Resource, name: str, inside: str | None) -> Resource | None:
        if resource.set is None:
            return None
        if name.lower() == "$value":
            raise ODataError(501, "", "Not implemented: media streams.")
        if hop := resource.set.type.navigation(name):
            return self._keyed(self._hop(resource, hop), inside if hop.many else None)
        if (found := resource.set.type.property(name)) and inside is None:
            return replace(resource, kind=Kind.PROPERTY, properties=(found,))
        if operation := self._service.operation(name, resource.set, to_collection=False):
            return self._called(resource, operation, inside)
        _refuse_cast(name)
        return None

    def _hop(self, resource: Resource, hop: Navigation) -> Resource:
        if resource.rows is None or (hop.many and not resource.rows.exists()):
            raise ODataError(404, "", "The resource is not found.")
        target = self._service.target(hop)
        rows = self._seen.rows(target).filter(**{f"{hop.remote}__in": resource.rows.values(hop.local)})
        kind = Kind.COLLECTION if hop.many else Kind.ENTITY
        return Resource(kind, target, rows, via=hop, parent=resource)

    def _in_property(self, resource: Resource, name: str, inside: str | None) -> Resource | None:
        last = resource.properties[-1]
        if name.lower() == "$value" and not isinstance(last.type, ComplexType):
            return replace(resource, kind=Kind.RAW)
        part: Property | None = last.type.find(name) if isinstance(last.type, ComplexType) else None
        return replace(resource, properties=(*resource.properties, part)) if part and inside is None else None

    def _in_operation(self, resource: Resource, name: str, inside: str | None) -> Resource | None:
        raise ODataError(501, "", "Not implemented: path segments behind an operation.")

    def _called(self, bound: Resource, operation: Operation, inside: str | None) -> Resource:
        arguments = _arguments(inside or "", self._exchange)
        return replace(bound, kind=Kind.OPERATION, operation=operation, arguments=arguments)


def _arguments(inside: str, exchange: Exchange) -> dict[str, str]:
    """`A=1,B=@p` by name, aliases replaced by their texts."""
    found: dict[str, str] = {}
    try:
        for piece in split(inside, ",") if inside.strip() else ():
            name, equals, value = piece.name.partition("=")
            if not equals or name.strip() in found:
                raise ODataError(400, "", f"Arguments are written Name=value: '{piece.name[:100]}'.")
            value = value.strip()
            found[name.strip()] = exchange.aliases.get(value, "null") if value.startswith("@") else value
    except ExpressionError as error:
        raise ODataError(400, "", f"Bad arguments: {error.message}.") from None
    return found


def _refuse_cast(name: str) -> None:
    """A qualified name that is no operation may be a derived type."""
    if "." in name and not name[0].isdigit() and name.replace(".", "").isidentifier():
        raise ODataError(501, "", f"Not implemented: derived types, such as '{name[:100]}' may be one.")


def _nowhere(segment: str) -> ODataError:
    return ODataError(404, "", f"Resource not found for the segment '{segment[:100]}'.")
