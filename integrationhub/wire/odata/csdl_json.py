"""$metadata in JSON: CSDL JSON, where a type is Edm.String and nothing is nullable unless it says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import terms
from .csdl_xml import facets
from .edm import CollectionOf, EdmType, EnumType, Primitive, qualified
from .registry import MISSING, EntityResult, EntitySet, EntityType, Navigation, Operation, Property, Service
from .terms import MemberOf, PathTo

Json = dict[str, Any]


def document(service: Service) -> Json:
    schema: Json = {}
    for value_type in service.value_types:
        schema[value_type.name] = _value_type(value_type, service)
    for entity_type in service.entity_types:
        schema[entity_type.name] = _entity_type(entity_type, service)
    for operation in service.operations:
        schema.setdefault(operation.name, []).append(_operation(operation, service))
    schema[service.container] = _container(service)
    return {
        "$Version": "4.0",
        "$EntityContainer": f"{service.namespace}.{service.container}",
        "$Reference": {
            url.removesuffix(".xml") + ".json": {"$Include": [{"$Namespace": namespace, "$Alias": alias}]}
            for alias, (namespace, url) in terms.VOCABULARIES.items()
        },
        service.namespace: schema,
    }


def _typed(kind: EdmType, service: Service) -> Json:
    found: Json = {"$Collection": True} if isinstance(kind, CollectionOf) else {}
    element = kind.element if isinstance(kind, CollectionOf) else kind
    if element is not Primitive.STRING:
        found["$Type"] = qualified(element, service.namespace)
    return found


def _value_type(kind: Any, service: Service) -> Json:
    if isinstance(kind, EnumType):
        flags: Json = {"$IsFlags": True} if kind.is_flags else {}
        return {"$Kind": "EnumType", **flags, **kind.members}
    is_open: Json = {"$OpenType": True} if kind.is_open else {}
    return {
        "$Kind": "ComplexType",
        **is_open,
        **{each.name: _property(each, service) for each in kind.properties},
    }


def _entity_type(kind: EntityType, service: Service) -> Json:
    is_open: Json = {"$OpenType": True} if kind.dynamic else {}
    return {
        "$Kind": "EntityType",
        "$Key": list(kind.key),
        **is_open,
        **{each.name: _property(each, service) for each in kind.properties},
        **{hop.name: _navigation(hop, service) for hop in kind.navigations},
        **_annotations(kind.annotations),
    }


def _property(each: Property, service: Service) -> Json:
    found = _typed(each.type, service)
    if each.nullable:
        found["$Nullable"] = True
    found |= {f"${name}": value for name, value in facets(each).items()}
    return {**found, **_annotations(terms.of_property(each))}


def _facets(kind: EdmType) -> Json:
    return {f"${name}": value for name, value in facets(Property("", kind)).items()}


def _navigation(hop: Navigation, service: Service) -> Json:
    found: Json = {"$Kind": "NavigationProperty"}
    if hop.many:
        found["$Collection"] = True
    found["$Type"] = f"{service.namespace}.{service.target(hop).type.name}"
    if hop.nullable and not hop.many:
        found["$Nullable"] = True
    if hop.partner:
        found["$Partner"] = hop.partner
    if hop.constraint:
        found["$ReferentialConstraint"] = dict(hop.constraint)
    return {**found, **_annotations(hop.annotations)}


def _operation(operation: Operation, service: Service) -> Json:
    found: Json = {"$Kind": operation.kind.title()}
    parameters: list[Json] = []
    if operation.bound_to:
        found["$IsBound"] = True
        kind = f"{service.namespace}.{service.named(operation.bound_to).type.name}"
        many: Json = {"$Collection": True} if operation.to_collection else {}
        parameters.append({"$Name": "bindingParameter", **many, "$Type": kind})
    for each in operation.parameters:
        nullable: Json = {"$Nullable": True} if each.nullable else {}
        optional = {} if each.default is MISSING else _annotations({"Core.OptionalParameter": {}})
        typed = {**_typed(each.type, service), **_facets(each.type)}
        parameters.append({"$Name": each.name, **typed, **nullable, **optional})
    if parameters:
        found["$Parameter"] = parameters
    if operation.returns is not None:
        found["$ReturnType"] = _result(operation.returns, service)
    return {**found, **_annotations(operation.annotations)}


def _result(returns: EdmType | EntityResult, service: Service) -> Json:
    if not isinstance(returns, EntityResult):
        return {**_typed(returns, service), "$Nullable": True, **_facets(returns)}
    many: Json = {"$Collection": True} if returns.many else {"$Nullable": True}
    return {**many, "$Type": f"{service.namespace}.{service.named(returns.set).type.name}"}


def _container(service: Service) -> Json:
    found: Json = {"$Kind": "EntityContainer"}
    for entity_set in service.sets:
        found[entity_set.name] = _set(entity_set, service)
    for singleton in service.singletons:
        kind = service.named(singleton.of).type
        found[singleton.name] = {
            "$Type": f"{service.namespace}.{kind.name}",
            **_bindings(kind),
            **_annotations(singleton.annotations),
        }
    for operation in service.operations:
        if operation.bound_to is None:
            found[operation.name] = _import(operation, service)
    return {**found, **_annotations(terms.of_container(service))}


def _set(entity_set: EntitySet, service: Service) -> Json:
    kind = f"{service.namespace}.{entity_set.type.name}"
    return {
        "$Collection": True,
        "$Type": kind,
        **_bindings(entity_set.type),
        **_annotations(terms.of_set(service, entity_set)),
    }


def _bindings(kind: EntityType) -> Json:
    targets = {hop.name: hop.target for hop in kind.navigations}
    return {"$NavigationPropertyBinding": targets} if targets else {}


def _import(operation: Operation, service: Service) -> Json:
    found: Json = {f"${operation.kind.title()}": f"{service.namespace}.{operation.name}"}
    if isinstance(operation.returns, EntityResult):
        found["$EntitySet"] = operation.returns.set
    if operation.is_function and not operation.parameters:
        found["$IncludeInServiceDocument"] = True
    return found


def _annotations(annotations: Mapping[str, Any]) -> Json:
    return {f"@{term}": _plain(value) for term, value in annotations.items()}


def _plain(value: Any) -> Any:
    match value:
        case PathTo(name=name):
            return name
        case MemberOf(name=name):
            return name.rpartition("/")[2]
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(each) for each in value]
    return value
