"""The OpenAPI document of a service, from its registry: for people, and generators that know no OData."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from .edm import CollectionOf, EdmType, EnumType, Primitive
from .registry import (
    MISSING,
    EntityResult,
    EntitySet,
    EntityType,
    Operation,
    Property,
    Service,
)

Json = dict[str, Any]

_NUMBERS = {
    Primitive.BYTE: "uint8",
    Primitive.SBYTE: "int8",
    Primitive.INT16: "int16",
    Primitive.INT32: "int32",
    Primitive.INT64: "int64",
}
_FORMATS: Mapping[Primitive, Json] = {
    **{kind: {"type": "integer", "format": name} for kind, name in _NUMBERS.items()},
    Primitive.BINARY: {"type": "string", "format": "base64url"},
    Primitive.BOOLEAN: {"type": "boolean"},
    Primitive.DATE: {"type": "string", "format": "date"},
    Primitive.DATE_TIME_OFFSET: {"type": "string", "format": "date-time"},
    Primitive.DECIMAL: {"type": "number", "format": "decimal"},
    Primitive.DOUBLE: {"type": "number", "format": "double"},
    Primitive.DURATION: {"type": "string", "format": "duration"},
    Primitive.GUID: {"type": "string", "format": "uuid"},
    Primitive.SINGLE: {"type": "number", "format": "float"},
    Primitive.STRING: {"type": "string"},
    Primitive.TIME_OF_DAY: {"type": "string", "format": "time"},
    Primitive.UNTYPED: {},
}
_OPTIONS_OF_ROWS = {
    "$select": "The properties to show, with commas between.",
    "$expand": "Related rows to show as well.",
}
_OPTIONS = {
    "$filter": "Which rows.",
    "$orderby": "Their order, such as `Name desc,Id`.",
    "$search": "Words to look for.",
    "$top": "How many rows.",
    "$skip": "How many rows to pass over.",
    "$count": "Whether to count the rows as well.",
    **_OPTIONS_OF_ROWS,
}
_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "target": {"type": "string"},
                "details": {"type": "array", "items": {"type": "object"}},
            },
        }
    },
}


@cache
def document(service: Service, root: str) -> Json:
    """`root` is the path of the service, such as `/OData`."""
    paths: Json = {}
    for entity_set in service.sets:
        paths |= _paths(service, entity_set)
    for operation in service.operations:
        paths[_operation_path(service, operation)] = _operation(service, operation)
    return {
        "openapi": "3.0.3",
        "info": {"title": service.namespace, "version": service.schema_version or "1"},
        "servers": [{"url": root}],
        "paths": paths,
        "components": {"schemas": _schemas(service), "securitySchemes": _schemes()},
        "security": [{"basic": []}, {"bearer": []}],
    }


def _schemes() -> Json:
    return {name: {"type": "http", "scheme": name} for name in ("basic", "bearer")}


def _schemas(service: Service) -> Json:
    found: Json = {"Error": _ERROR}
    for kind in service.value_types:
        found[kind.name] = (
            {"type": "string", **({} if kind.is_flags else {"enum": list(kind.members)})}
            if isinstance(kind, EnumType)
            else _object(kind.properties)
        )
    for entity_type in service.entity_types:
        shown = [each for each in entity_type.properties if each.selectable]
        found[entity_type.name] = _object(shown, is_open=entity_type.dynamic is not None)
    for entity_set in service.sets:
        found |= _bodies(entity_set)
    return found


def _bodies(entity_set: EntitySet) -> Json:
    """What a POST and a PATCH take."""
    kind, found = entity_set.type, {}
    is_open = kind.dynamic is not None
    if entity_set.create:
        taken = [each for each in kind.properties if each.insertable and not each.computed]
        required = [each.name for each in taken if _is_required(each)]
        told = {"required": required} if required else {}
        found[f"{kind.name}Create"] = {**_object(taken, is_open=is_open), **told}
    if entity_set.update:
        taken = [each for each in kind.properties if each.updatable and not each.computed]
        found[f"{kind.name}Update"] = _object(taken, is_open=is_open)
    return found


def _is_required(each: Property) -> bool:
    return not each.nullable and each.default is MISSING and not each.optional


def _object(properties: Iterable[Property], *, is_open: bool = False) -> Json:
    return {
        "type": "object",
        "properties": {each.name: _property(each) for each in properties},
        **({"additionalProperties": True} if is_open else {}),
    }


def _property(each: Property) -> Json:
    found = _type(each.type)
    if each.max_length is not None:
        found["maxLength"] = each.max_length
    if each.min_length:
        found["minLength"] = each.min_length
    if description := each.annotations.get("Core.Description"):
        found["description"] = description
    if each.nullable:
        found = {"allOf": [found], "nullable": True} if "$ref" in found else {**found, "nullable": True}
    return found


def _type(kind: EdmType) -> Json:
    match kind:
        case Primitive():
            return dict(_FORMATS[kind])
        case CollectionOf(element=element):
            return {"type": "array", "items": _type(element)}
        case _:
            return _reference(kind.name)


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _paths(service: Service, entity_set: EntitySet) -> Json:
    kind = entity_set.type
    collection: Json = {
        "get": _call(entity_set, f"list{entity_set.name}", _page(kind), _query(_OPTIONS)),
    }
    if entity_set.create:
        collection["post"] = _call(
            entity_set, f"create{entity_set.name}", _reference(kind.name), [], f"{kind.name}Create", "201"
        )
    row: Json = {
        "parameters": _key_parameters(kind),
        "get": _call(entity_set, f"get{entity_set.name}", _reference(kind.name), _query(_OPTIONS_OF_ROWS)),
    }
    if entity_set.update:
        for method in ("patch", "put"):
            name = f"{method}{entity_set.name}"
            row[method] = _call(entity_set, name, _reference(kind.name), [_IF_MATCH], f"{kind.name}Update")
    if entity_set.delete:
        row["delete"] = _call(entity_set, f"delete{entity_set.name}", None, [_IF_MATCH])
    count = {name: _OPTIONS[name] for name in ("$filter", "$search")}
    return {
        f"/{entity_set.name}": collection,
        f"/{entity_set.name}/$count": {"get": _count(entity_set, count)},
        _row_path(entity_set): row,
    }


_IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag of the version to change.",
}


def _row_path(entity_set: EntitySet) -> str:
    quoted = [(each.name, "'" if each.type is Primitive.STRING else "") for each in entity_set.type.keys]
    if len(quoted) == 1:
        name, quote = quoted[0]
        return f"/{entity_set.name}({quote}{{{name}}}{quote})"
    pairs = ",".join(f"{name}={quote}{{{name}}}{quote}" for name, quote in quoted)
    return f"/{entity_set.name}({pairs})"


def _key_parameters(kind: EntityType) -> list[Json]:
    return [
        {"name": each.name, "in": "path", "required": True, "schema": _type(each.type)} for each in kind.keys
    ]


def _query(options: Mapping[str, str]) -> list[Json]:
    types: Json = {"$top": "integer", "$skip": "integer", "$count": "boolean"}
    return [
        {"name": name, "in": "query", "schema": {"type": types.get(name, "string")}, "description": text}
        for name, text in options.items()
    ]


def _page(kind: EntityType) -> Json:
    return {
        "type": "object",
        "required": ["value"],
        "properties": {
            "@odata.context": {"type": "string"},
            "@odata.count": {"type": "integer"},
            "@odata.nextLink": {"type": "string"},
            "value": {"type": "array", "items": _reference(kind.name)},
        },
    }


def _call(
    entity_set: EntitySet,
    name: str,
    result: Json | None,
    parameters: list[Json],
    body: str | None = None,
    status: str = "200",
) -> Json:
    found: Json = {"operationId": name, "tags": [entity_set.name], "parameters": parameters}
    if body:
        found["requestBody"] = {"required": True, "content": _content(_reference(body))}
    return {**found, "responses": _responses(result, status)}


def _content(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _responses(result: Json | None, status: str = "200") -> Json:
    done: Json = {"description": "Done.", "content": _content(result)} if result else {"description": "Done."}
    failed = {"description": "What is wrong.", "content": _content(_reference("Error"))}
    return {status if result else "204": done, "default": failed}


def _count(entity_set: EntitySet, options: Mapping[str, str]) -> Json:
    found = _call(entity_set, f"count{entity_set.name}", None, _query(options))
    found["responses"]["200"] = {
        "description": "How many.",
        "content": {"text/plain": {"schema": {"type": "integer"}}},
    }
    del found["responses"]["204"]
    return found


def _operation_path(service: Service, operation: Operation) -> str:
    owner = ""
    if operation.bound_to:
        entity_set = service.named(operation.bound_to)
        owner = f"/{entity_set.name}" if operation.to_collection else _row_path(entity_set)
    name = operation.name if operation.bound_to is None else f"{service.namespace}.{operation.name}"
    if not operation.is_function:
        return f"{owner}/{name}"
    quotes = {each.name: "'" if each.type is Primitive.STRING else "" for each in operation.parameters}
    inside = ",".join(f"{each}={quote}{{{each}}}{quote}" for each, quote in quotes.items())
    return f"{owner}/{name}({inside})"


def _operation(service: Service, operation: Operation) -> Json:
    owner = service.named(operation.bound_to) if operation.bound_to else None
    parameters = _key_parameters(owner.type) if owner and not operation.to_collection else []
    given = {each.name: _type(each.type) for each in operation.parameters}
    found: Json = {
        "operationId": f"{operation.bound_to or ''}{operation.name}",
        "tags": [operation.bound_to or service.container],
        "responses": _responses(_result(service, operation)),
    }
    if operation.is_function:
        in_path = [
            {"name": name, "in": "path", "required": True, "schema": kind} for name, kind in given.items()
        ]
        return {"get": {**found, "parameters": [*parameters, *in_path]}}
    body = {"requestBody": {"content": _content({"type": "object", "properties": given})}} if given else {}
    return {"post": {**found, **body, "parameters": parameters}}


def _result(service: Service, operation: Operation) -> Json | None:
    returns = operation.returns
    if returns is None:
        return None
    if not isinstance(returns, EntityResult):
        return {"type": "object", "properties": {"value": _type(returns)}}
    kind = service.named(returns.set).type
    return _page(kind) if returns.many else _reference(kind.name)
