"""Which dynamic properties an expression may name: those of the kind of row that its filter picks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .registry import EntitySet, Property
from .syntax import Binary, Constant, Path, Syntax


class FoldedNames(dict[str, Property]):
    """Finds a property by its name in any case."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def dynamic_properties(entity_set: EntitySet, condition: Syntax | None, principal: Any) -> FoldedNames:
    """By name; none unless a clause of the filter says `Discriminator eq 'value'`."""
    dynamic = entity_set.type.dynamic
    if dynamic is None or condition is None:
        return FoldedNames()
    discriminator = entity_set.type.property(dynamic.discriminator)
    for clause in _clauses(condition):
        value = _picked(clause, discriminator)
        if value is not None:
            declared = dynamic.declared(principal, [value]).get(value, ())
            return FoldedNames({each.name.lower(): replace(each, source=dynamic.column) for each in declared})
    return FoldedNames()


def _clauses(condition: Syntax) -> Iterator[Syntax]:
    if isinstance(condition, Binary) and condition.operator == "and":
        yield from _clauses(condition.left)
        yield from _clauses(condition.right)
    else:
        yield condition


def _picked(clause: Syntax, discriminator: Property | None) -> object:
    if not isinstance(clause, Binary) or clause.operator != "eq" or discriminator is None:
        return None
    pair = (clause.left, clause.right)
    for path, constant in (pair, pair[::-1]):
        if not isinstance(path, Path) or not isinstance(constant, Constant) or len(path.parts) > 1:
            continue
        if path.parts[0].name.lower() in discriminator.folded_names:
            return constant.value
    return None
