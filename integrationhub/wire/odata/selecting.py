"""`$select`: which properties of a row are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from integrationhub.wire.expressions.errors import ExpressionError

from .edm import ComplexType
from .refusals import UnsupportedError
from .registry import EntityType, Property, Service
from .splitting import split
from .syntax import Part

_IDENTIFIER = re.compile(r"[A-Za-z_]\w{0,127}", re.ASCII)


@dataclass(frozen=True)
class Selection:
    """`names` is how a context URL tells it, nothing when all is shown; `dynamic_names` None means all."""

    properties: tuple[Property, ...]
    names: tuple[str, ...] = ()
    dynamic_names: frozenset[str] | None = None


def everything(kind: EntityType) -> Selection:
    return Selection(tuple(each for each in kind.properties if each.selectable))


def select(service: Service, kind: EntityType, text: str) -> Selection:
    """Raises ExpressionError."""
    chosen: dict[str, Property] = {}
    names: list[str] = []
    dynamic: set[str] = set()
    for item in split(text, ","):
        if item.name == "*":
            return replace(everything(kind), names=("*",))
        found = _item(service, kind, item)
        if found is None:
            continue
        name, shown = found
        names.append(name)
        if isinstance(shown, Property):
            chosen[shown.name] = _merged(chosen.get(shown.name), shown)
        else:
            dynamic.add(shown)
    declared = tuple(chosen[each.name] for each in kind.properties if each.name in chosen)
    return Selection(declared, tuple(dict.fromkeys(names)), frozenset(dynamic))


def _item(service: Service, kind: EntityType, item: Part) -> tuple[str, Property | str] | None:
    """The name as the context URL has it, and the property; None for what shows in no plain answer."""
    if "(" in item.name:
        raise UnsupportedError("options inside $select are not implemented", item.start)
    first, *rest = [piece.strip() for piece in item.name.split("/")]
    if "." in first or (not rest and kind.navigation(first)):
        return _link(service, kind, item, first)
    found = kind.property(first)
    if found is None and kind.dynamic and not rest and _IDENTIFIER.fullmatch(first):
        return first, first
    if found is None or not found.selectable:
        raise _unknown(service, kind, item, first)
    return _narrowed(service, found, rest, item) if rest else (found.name, found)


def _link(service: Service, kind: EntityType, item: Part, name: str) -> tuple[str, Property | str] | None:
    """A navigation, or operations by qualified name: they are links, and no properties."""
    if "." in name and not name.startswith(f"{service.namespace}."):
        raise _unknown(service, kind, item, name)
    return None


def _narrowed(service: Service, whole: Property, rest: list[str], item: Part) -> tuple[str, Property]:
    kind = whole.type
    part = kind.find(rest[0]) if isinstance(kind, ComplexType) else None
    if part is None or len(rest) > 1 or not isinstance(kind, ComplexType):
        raise ExpressionError(f"'{whole.name}' has no property '{'/'.join(rest)[:128]}'", item.start)
    return f"{whole.name}/{part.name}", _with_parts(whole, (part,))


def _merged(before: Property | None, new: Property) -> Property:
    """Two parts of one complex property are shown together."""
    if before is None or not isinstance(new.type, ComplexType) or not isinstance(before.type, ComplexType):
        return new
    return _with_parts(new, (*before.type.properties, *new.type.properties))


def _with_parts(whole: Property, parts: Iterable[Property]) -> Property:
    kind = whole.type
    unique = tuple({part.name: part for part in parts}.values())
    return replace(whole, type=replace(kind, properties=unique)) if isinstance(kind, ComplexType) else whole


def _unknown(service: Service, kind: EntityType, item: Part, name: str) -> ExpressionError:
    owner = f"{service.namespace}.{kind.name}"
    return ExpressionError(f"Could not find a property named '{name[:128]}' on type '{owner}'", item.start)
