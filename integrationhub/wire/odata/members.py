"""Where a path of names leads: over to-one navigations and complex values to a property or a collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from integrationhub.wire.expressions.errors import ExpressionError

from .edm import ComplexType
from .refusals import UnsupportedError
from .registry import EntitySet, Navigation, Property, Service
from .syntax import Part


@dataclass(frozen=True)
class Target:
    """`hops` lead to the row of `set` that has the value; `source` is the column it is in.

    The end is a property, a collection (`many`), or the last hop itself if neither is given.
    """

    set: EntitySet
    hops: tuple[Navigation, ...] = ()
    names: tuple[str, ...] = ()
    value: Property | None = None
    source: str | None = None
    many: Navigation | None = None

    @property
    def path(self) -> str:
        return "/".join(self.names)


@dataclass(frozen=True)
class Names:
    """Finds paths from the rows of one set. `dynamic` are the open properties known here, by name."""

    service: Service
    dynamic: Mapping[str, Property] = field(default_factory=dict)
    for_order: bool = False

    def find(self, origin: EntitySet, parts: Sequence[Part]) -> Target:
        """Raises ExpressionError at the name that leads nowhere."""
        target = Target(origin)
        for part in parts:
            target = self._step(target, part)
        return target

    def _step(self, target: Target, part: Part) -> Target:
        if "." in part.name:
            raise UnsupportedError("derived types are not implemented", part.start)
        if target.many:
            raise ExpressionError(
                f"'{target.path}' is a collection: ask it with any, all or $count", part.start
            )
        if target.value:
            return self._part_of(target, target.value, part)
        kind = target.set.type
        if hop := kind.navigation(part.name):
            return self._hop(target, hop)
        found = kind.property(part.name)
        if found is None and not target.hops:
            found = self.dynamic.get(part.name)
        if found is None:
            raise self._unknown(part, kind.name)
        names = (*target.names, found.name)
        return replace(target, names=names, value=found, source=found.source)

    def _hop(self, target: Target, hop: Navigation) -> Target:
        names = (*target.names, hop.name)
        if hop.many:
            return replace(target, names=names, many=hop)
        return Target(self.service.target(hop), (*target.hops, hop), names)

    def _part_of(self, target: Target, whole: Property, part: Part) -> Target:
        found = whole.type.find(part.name) if isinstance(whole.type, ComplexType) else None
        if found is None:
            raise self._unknown(part, whole.type.name if isinstance(whole.type, ComplexType) else whole.type)
        usable = replace(found, filterable=whole.filterable, sortable=whole.sortable)
        names = (*target.names, found.name)
        return replace(target, names=names, value=usable, source=whole.parts.get(found.name))

    def _unknown(self, part: Part, kind: object) -> ExpressionError:
        owner = kind if str(kind).startswith("Edm.") else f"{self.service.namespace}.{kind}"
        return ExpressionError(
            f"Could not find a property named '{part.name[:128]}' on type '{owner}'", part.start
        )
