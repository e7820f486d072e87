"""Rows as the JSON objects of a payload, with as much control information as the caller wants."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

from . import keys
from .edm import EdmType, Primitive, qualified
from .encoding import Encoder, encoder
from .etags import etag_of
from .exchange import Exchange
from .negotiation import Metadata
from .plans import DYNAMIC, VERSION, Expansion, Plan, Row
from .registry import Property

Shape = Callable[[Row], dict[str, Any]]

# JSON itself says that a value is of these types.
_NATIVE = (Primitive.BOOLEAN, Primitive.STRING, Primitive.DOUBLE, Primitive.INT32)


def shape_of(exchange: Exchange, plan: Plan) -> Shape:
    """What turns the rows of a plan into objects; made once for all of them."""
    control = _CONTROL[exchange.format.metadata](exchange, plan)
    steps = [
        _properties(exchange, plan),
        *([_dynamic(exchange)] if plan.has_dynamic else []),
        *[_expansion(exchange, each) for each in plan.expansions],
    ]

    def shape(row: Row) -> dict[str, Any]:
        shown = control(row)
        for step in steps:
            step(row, shown)
        return shown

    return shape


def type_annotation(exchange: Exchange, kind: EdmType) -> str:
    name = qualified(kind, exchange.service.namespace)
    return "#" + name.replace("Edm.", "")


def encode(exchange: Exchange, kind: EdmType, value: Any) -> Any:
    encode_one = encoder(kind, ieee754=exchange.format.ieee754)
    return encode_one(value) if encode_one else value


Step = Callable[[Row, dict[str, Any]], None]


def _properties(exchange: Exchange, plan: Plan) -> Step:
    names = [each.name for each in plan.properties]
    special = _special(exchange, plan)
    if exchange.format.metadata is Metadata.FULL:
        return _annotated(exchange, plan, special)
    if not names:
        return lambda row, shown: None
    values_of = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)

    def show(row: Row, shown: dict[str, Any]) -> None:
        shown.update(zip(names, values_of(row), strict=True))
        for name, encode_one in special.items():
            shown[name] = encode_one(shown[name])

    return show


def _special(exchange: Exchange, plan: Plan) -> dict[str, Encoder]:
    encoders = {each.name: encoder(each.type, ieee754=exchange.format.ieee754) for each in plan.properties}
    return {name: each for name, each in encoders.items() if each is not None}


def _annotated(exchange: Exchange, plan: Plan, special: Mapping[str, Encoder]) -> Step:
    types = {each.name: _type_of(exchange, each) for each in plan.properties}

    def show(row: Row, shown: dict[str, Any]) -> None:
        for name, annotation in types.items():
            if annotation:
                shown[f"{name}@odata.type"] = annotation
            shown[name] = special[name](row[name]) if name in special else row[name]

    return show


def _type_of(exchange: Exchange, declared: Property) -> str | None:
    return None if declared.type in _NATIVE else type_annotation(exchange, declared.type)


def _dynamic(exchange: Exchange) -> Step:
    """Nothing in $metadata tells the types of these: the payload does, but where it may say nothing."""
    typed = exchange.format.metadata is not Metadata.NONE

    def show(row: Row, shown: dict[str, Any]) -> None:
        for name, (declared, value) in row.get(DYNAMIC, {}).items():
            annotation = _type_of(exchange, declared)
            if typed and annotation and value is not None:
                shown[f"{name}@odata.type"] = annotation
            shown[name] = encode(exchange, declared.type, value)

    return show


def _expansion(exchange: Exchange, expansion: Expansion) -> Step:
    shape = shape_of(exchange, expansion.plan)
    name = expansion.navigation.name

    def show_one(row: Row, shown: dict[str, Any]) -> None:
        shown[name] = None if row[name] is None else shape(row[name])

    def show_many(row: Row, shown: dict[str, Any]) -> None:
        page = row[name]
        if page.count is not None:
            shown[f"{name}@odata.count"] = encode(exchange, Primitive.INT64, page.count)
        if expansion.wants_rows:
            shown[name] = [shape(each) for each in page.rows]
        if page.next_link is not None:
            shown[f"{name}@odata.nextLink"] = page.next_link

    return show_many if expansion.navigation.many else show_one


Control = Callable[[Row], dict[str, Any]]


def _no_control(exchange: Exchange, plan: Plan) -> Control:
    return lambda row: {}


def _minimal_control(exchange: Exchange, plan: Plan) -> Control:
    if plan.set.type.concurrency is None:
        return _no_control(exchange, plan)
    return lambda row: {"@odata.etag": etag_of(row[VERSION])}


def _full_control(exchange: Exchange, plan: Plan) -> Control:
    """Also the links of what is not in the payload: navigation and operations."""
    minimal, root, namespace = _minimal_control(exchange, plan), exchange.root, exchange.service.namespace
    expanded = {each.navigation.name for each in plan.expansions}
    links = [each.name for each in plan.set.type.navigations if each.name not in expanded]
    operations = [
        f"{namespace}.{each.name}"
        for each in exchange.service.operations
        if each.bound_to == plan.set.name and not each.to_collection
    ]

    def control(row: Row) -> dict[str, Any]:
        path = keys.entity_path(plan.set, row)
        return {
            "@odata.type": f"#{namespace}.{plan.set.type.name}",
            "@odata.id": root + path,
            **minimal(row),
            "@odata.editLink": path,
            **{f"{name}@odata.navigationLink": f"{path}/{name}" for name in links},
            **{
                f"#{name}": {"title": name.rpartition(".")[2], "target": f"{root}{path}/{name}"}
                for name in operations
            },
        }

    return control


_CONTROL: Mapping[Metadata, Callable[[Exchange, Plan], Control]] = {
    Metadata.NONE: _no_control,
    Metadata.MINIMAL: _minimal_control,
    Metadata.FULL: _full_control,
}
