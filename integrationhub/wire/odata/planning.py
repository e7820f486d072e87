"""`$select` and `$expand` together: what is shown of a row and of the rows it leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from integrationhub.wire.expressions.errors import ExpressionError

from .errors import ODataError
from .plans import Expansion, Plan
from .refusals import UnsupportedError, refusal
from .registry import EntitySet, Navigation, Service
from .selecting import everything, select
from .splitting import split
from .syntax import Part

T = TypeVar("T")

_NESTED = frozenset({"select", "filter", "orderby", "top", "skip", "count", "expand", "search"})
_LATER = frozenset({"levels", "compute", "apply"})
_OF_ONE = frozenset({"select", "expand"})


def plan(service: Service, entity_set: EntitySet, given: Mapping[str, str], *, depth: int = 0) -> Plan:
    """`given` are query options by bare name. Raises ODataError."""
    kind = entity_set.type
    selection = everything(kind)
    if text := given.get("select", "").strip():
        selection = _read("$select", lambda: select(service, kind, text))
    expansions = _read(
        "$expand",
        lambda: tuple(_expansions(service, entity_set, given.get("expand", ""), depth=depth)),
    )
    nested = [f"{each.navigation.name}({each.plan.projection})" for each in expansions if each.wants_rows]
    return Plan(
        entity_set,
        selection.properties,
        expansions,
        has_dynamic=kind.dynamic is not None and selection.dynamic_names != frozenset(),
        dynamic_names=selection.dynamic_names,
        projection=",".join([*selection.names, *nested]),
    )


def _read(option: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except ExpressionError as error:
        raise refusal(error, option) from None


def _expansions(service: Service, entity_set: EntitySet, text: str, *, depth: int) -> Iterator[Expansion]:
    if not text.strip():
        return
    if depth >= service.limits.expand_depth:
        raise ExpressionError(f"$expand nests {service.limits.expand_depth} deep at most", 0)
    seen: set[str] = set()
    for item in split(text, ","):
        for found in _item(service, entity_set, item, depth=depth):
            if found.navigation.name in seen:
                raise ExpressionError(f"'{found.navigation.name}' is expanded twice", item.start)
            seen.add(found.navigation.name)
            yield found


def _item(service: Service, entity_set: EntitySet, item: Part, *, depth: int) -> Iterator[Expansion]:
    name, _, rest = item.name.partition("(")
    if rest and not rest.endswith(")"):
        raise ExpressionError("nothing may follow the options of an expand", item.start)
    options = _options(Part(rest[:-1], item.start + len(name) + 1)) if rest else {}
    path, _, suffix = name.strip().partition("/")
    if suffix and suffix != "$count":
        raise UnsupportedError(f"'{suffix[:50]}' inside $expand is not implemented", item.start)
    if path == "*" and not suffix:
        hops = [each for each in entity_set.type.navigations if each.expandable]
    else:
        hops = [_navigation(service, entity_set, Part(path, item.start))]
    for hop in hops:
        _check(hop, options, wants_rows=not suffix, start=item.start)
        inner = plan(service, service.target(hop), options, depth=depth + 1)
        yield Expansion(hop, inner, not suffix, options if not suffix else {**options, "count": "true"})


def _navigation(service: Service, entity_set: EntitySet, part: Part) -> Navigation:
    found = entity_set.type.navigation(part.name)
    if found is None or not found.expandable:
        if "." in part.name:
            raise UnsupportedError("derived types are not implemented", part.start)
        kind = f"{service.namespace}.{entity_set.type.name}"
        raise ExpressionError(
            f"Could not find a navigation property named '{part.name[:128]}' on type '{kind}'", part.start
        )
    return found


def _check(hop: Navigation, options: Mapping[str, str], *, wants_rows: bool, start: int) -> None:
    allowed = _NESTED if hop.many else _OF_ONE
    if not wants_rows:
        allowed = frozenset({"filter", "search"}) if hop.many else frozenset()
    if not wants_rows and not hop.many:
        raise ExpressionError(f"'{hop.name}' is not a collection", start)
    for name in options:
        if name not in allowed:
            raise ExpressionError(f"'${name}' does not apply to '{hop.name}'", start)


def _options(text: Part) -> dict[str, str]:
    """Raises ODataError for an option that is later work, ExpressionError for one that is none."""
    found: dict[str, str] = {}
    for item in split(text.name, ";"):
        if not item.name:
            continue
        name, equals, value = item.name.partition("=")
        name = name.strip().lower().removeprefix("$")
        if name in _LATER:
            raise ODataError(501, "", f"Not implemented: '${name}' inside $expand.", "$expand")
        if name not in _NESTED or not equals:
            raise ExpressionError(f"'{item.name[:50]}' is no option of an expand", text.start + item.start)
        if name in found:
            raise ExpressionError(f"'${name}' comes more than once", text.start + item.start)
        found[name] = value.strip()
    return found
