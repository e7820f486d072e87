"""$metadata in XML: CSDL 4.0 in an edmx document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from . import terms
from .edm import CollectionOf, ComplexType, EdmType, EnumType, Primitive, qualified
from .registry import (
    MISSING,
    EntityResult,
    EntitySet,
    EntityType,
    Navigation,
    Operation,
    Property,
    Service,
    Singleton,
)
from .terms import MemberOf, PathTo, Terms

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_TIMED = (Primitive.DATE_TIME_OFFSET, Primitive.DURATION, Primitive.TIME_OF_DAY)
KEPT_DIGITS = 6
"""How fine moments are kept: microseconds."""


def document(service: Service) -> bytes:
    root = Element("edmx:Edmx", {"xmlns:edmx": _EDMX, "Version": "4.0"})
    for alias, (namespace, url) in terms.VOCABULARIES.items():
        reference = SubElement(root, "edmx:Reference", Uri=url)
        SubElement(reference, "edmx:Include", Namespace=namespace, Alias=alias)
    services = SubElement(root, "edmx:DataServices")
    _Schema(service, SubElement(services, "Schema", xmlns=_EDM, Namespace=service.namespace)).fill()
    indent(root)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


class _Schema:
    def __init__(self, service: Service, element: Element) -> None:
        self._service = service
        self._element = element

    def fill(self) -> None:
        for value_type in self._service.value_types:
            if isinstance(value_type, EnumType):
                self._enum(value_type)
            else:
                self._complex(value_type)
        for entity_type in self._service.entity_types:
            self._entity_type(entity_type)
        for operation in self._service.operations:
            self._operation(operation)
        self._container()

    def _name(self, kind: EdmType) -> str:
        return qualified(kind, self._service.namespace)

    def _enum(self, kind: EnumType) -> None:
        found = SubElement(self._element, "EnumType", Name=kind.name)
        if kind.is_flags:
            found.set("IsFlags", "true")
        for name, number in kind.members.items():
            SubElement(found, "Member", Name=name, Value=str(number))

    def _complex(self, kind: ComplexType) -> None:
        found = SubElement(self._element, "ComplexType", Name=kind.name)
        if kind.is_open:
            found.set("OpenType", "true")
        for each in kind.properties:
            self._property(found, each)

    def _entity_type(self, kind: EntityType) -> None:
        found = SubElement(self._element, "EntityType", Name=kind.name)
        if kind.dynamic:
            found.set("OpenType", "true")
        key = SubElement(found, "Key")
        for name in kind.key:
            SubElement(key, "PropertyRef", Name=name)
        for each in kind.properties:
            self._property(found, each)
        for hop in kind.navigations:
            self._navigation(found, hop)
        annotate(found, kind.annotations)

    def _property(self, owner: Element, each: Property) -> None:
        found = SubElement(owner, "Property", Name=each.name, Type=self._name(each.type))
        if not each.nullable:
            found.set("Nullable", "false")
        for name, value in facets(each).items():
            found.set(name, str(value))
        annotate(found, terms.of_property(each))

    def _navigation(self, owner: Element, hop: Navigation) -> None:
        kind = f"{self._service.namespace}.{self._service.target(hop).type.name}"
        found = SubElement(
            owner, "NavigationProperty", Name=hop.name, Type=f"Collection({kind})" if hop.many else kind
        )
        if not hop.nullable and not hop.many:
            found.set("Nullable", "false")
        if hop.partner:
            found.set("Partner", hop.partner)
        for dependent, principal in hop.constraint.items():
            SubElement(found, "ReferentialConstraint", Property=dependent, ReferencedProperty=principal)
        annotate(found, hop.annotations)

    def _operation(self, operation: Operation) -> None:
        found = SubElement(self._element, operation.kind.title(), Name=operation.name)
        if operation.bound_to:
            found.set("IsBound", "true")
            kind = f"{self._service.namespace}.{self._service.named(operation.bound_to).type.name}"
            bound = f"Collection({kind})" if operation.to_collection else kind
            SubElement(found, "Parameter", Name="bindingParameter", Type=bound, Nullable="false")
        for each in operation.parameters:
            parameter = SubElement(found, "Parameter", Name=each.name, Type=self._name(each.type))
            if not each.nullable:
                parameter.set("Nullable", "false")
            for name, value in facets(Property(each.name, each.type)).items():
                parameter.set(name, str(value))
            if each.default is not MISSING:
                annotate(parameter, {"Core.OptionalParameter": {}})
        if operation.returns is not None:
            SubElement(found, "ReturnType", {"Type": self._result(operation.returns)} | _facets_of(operation))
        annotate(found, operation.annotations)

    def _result(self, returns: EdmType | EntityResult) -> str:
        if not isinstance(returns, EntityResult):
            return self._name(returns)
        kind = f"{self._service.namespace}.{self._service.named(returns.set).type.name}"
        return f"Collection({kind})" if returns.many else kind

    def _container(self) -> None:
        container = SubElement(self._element, "EntityContainer", Name=self._service.container)
        for entity_set in self._service.sets:
            self._set(container, entity_set)
        for singleton in self._service.singletons:
            self._singleton(container, singleton)
        for operation in self._service.operations:
            if operation.bound_to is None:
                self._import(container, operation)
        annotate(container, terms.of_container(self._service))

    def _set(self, container: Element, entity_set: EntitySet) -> None:
        kind = f"{self._service.namespace}.{entity_set.type.name}"
        found = SubElement(container, "EntitySet", Name=entity_set.name, EntityType=kind)
        self._bindings(found, entity_set.type)
        annotate(found, terms.of_set(self._service, entity_set))

    def _singleton(self, container: Element, singleton: Singleton) -> None:
        kind = self._service.named(singleton.of).type
        found = SubElement(
            container, "Singleton", Name=singleton.name, Type=f"{self._service.namespace}.{kind.name}"
        )
        self._bindings(found, kind)
        annotate(found, singleton.annotations)

    def _bindings(self, owner: Element, kind: EntityType) -> None:
        for hop in kind.navigations:
            SubElement(owner, "NavigationPropertyBinding", Path=hop.name, Target=hop.target)

    def _import(self, container: Element, operation: Operation) -> None:
        word = operation.kind.title()
        name = f"{self._service.namespace}.{operation.name}"
        found = SubElement(container, f"{word}Import", {"Name": operation.name, word: name})
        if isinstance(operation.returns, EntityResult):
            found.set("EntitySet", operation.returns.set)
        if operation.is_function and not operation.parameters:
            found.set("IncludeInServiceDocument", "true")


def facets(each: Property) -> dict[str, int | str]:
    """How long or how exact the values are, as CSDL names it."""
    kind = each.type.element if isinstance(each.type, CollectionOf) else each.type
    found: dict[str, int | str] = {}
    if each.max_length is not None:
        found["MaxLength"] = each.max_length
    if kind is Primitive.DECIMAL:
        found |= {"Precision": each.precision} if each.precision is not None else {}
        found["Scale"] = "variable" if each.scale is None else each.scale
    elif kind in _TIMED:
        found["Precision"] = KEPT_DIGITS if each.precision is None else each.precision
    return found


def _facets_of(operation: Operation) -> dict[str, str]:
    """Those of what an operation answers."""
    if operation.returns is None or isinstance(operation.returns, EntityResult):
        return {}
    return {name: str(value) for name, value in facets(Property("", operation.returns)).items()}


def annotate(owner: Element, annotations: Mapping[str, Any]) -> None:
    for term, value in annotations.items():
        _write(SubElement(owner, "Annotation", Term=_full(term)), value)


def _full(name: str) -> str:
    alias, dot, rest = name.partition(".")
    return f"{terms.VOCABULARIES[alias][0]}{dot}{rest}" if alias in terms.VOCABULARIES else name


_AS_ATTRIBUTE = {bool: "Bool", int: "Int", str: "String"}


def _write(owner: Element, value: Any) -> None:
    """A constant as an attribute, anything else as an element."""
    match value:
        case PathTo() | MemberOf() | list() | dict():
            _element(owner, value)
        case bool():
            owner.set("Bool", "true" if value else "false")
        case _:
            owner.set(_AS_ATTRIBUTE[type(value)], str(value))


def _element(owner: Element, value: Any) -> None:
    match value:
        case PathTo(name=name, is_navigation=is_navigation):
            SubElement(owner, "NavigationPropertyPath" if is_navigation else "PropertyPath").text = name
        case MemberOf(name=name):
            owner.set("EnumMember", _full(name))
        case dict():
            _record(owner, value)
        case list():
            _collection(owner, value)
        case _:
            SubElement(owner, _AS_ATTRIBUTE[type(value)]).text = str(value)


def _record(owner: Element, value: Terms) -> None:
    record = SubElement(owner, "Record")
    for name, inner in value.items():
        _write(SubElement(record, "PropertyValue", Property=name), inner)


def _collection(owner: Element, values: Sequence[Any]) -> None:
    collection = SubElement(owner, "Collection")
    for each in values:
        _element(collection, each)
