"""Rows of the database as rows of the wire: only the columns that are shown, no model instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from .decoding import WrongValueError, decode
from .edm import EnumType, Primitive
from .perspective import Perspective
from .plans import DYNAMIC, VERSION, Plan, Row
from .registry import DynamicProperties, Property

Make = Callable[[Row], Any]


class RowReader:
    """Reads what a plan shows, the key, the version, and the columns in `extra`.

    A column that no property shows under its own name is in the row under `label_of(source)`.
    """

    def __init__(self, seen: Perspective, plan: Plan, extra: Iterable[str] = ()) -> None:
        self._seen = seen
        self._plan = plan
        self._labels: dict[str, str] = {}
        self._makers: dict[str, Make] = {}
        kind = plan.set.type
        for each in (*plan.properties, *kind.keys):
            self._add(each)
        if kind.concurrency:
            self._copy(VERSION, kind.concurrency)
        if kind.dynamic and plan.has_dynamic:
            self._need(_discriminator(plan, kind.dynamic))
            self._need(kind.dynamic.column)
        for source in extra:
            self._need(source)

    def label_of(self, source: str) -> str:
        return self._labels[source]

    def read(self, rows: QuerySet[Any], computed: Sequence[str] = ()) -> list[Row]:
        """`computed` are annotations to read as well."""
        labels = [*self._labels.values(), *computed]
        found = [
            dict(zip(labels, values, strict=True)) for values in rows.values_list(*self._labels, *computed)
        ]
        if self._makers:
            for row in found:
                self._complete(row)
        self._add_dynamic(found)
        return found

    def _complete(self, row: Row) -> None:
        for name, make in self._makers.items():
            row[name] = make(row)

    def _need(self, source: str) -> str:
        return self._labels.setdefault(source, f"={source}")

    def _add(self, each: Property) -> None:
        if each.parts and not isinstance(each.type, Primitive | EnumType):
            self._makers[each.name] = self._complex(each)
        elif each.compute:
            self._makers[each.name] = self._computed(each)
        elif each.source is None:
            raise ValueError(f"{each.name} has neither source, parts nor compute")
        elif isinstance(each.type, EnumType) and each.type.stored_as_number:
            self._makers[each.name] = self._enumerated(each.type, self._need(each.source))
        elif each.source not in self._labels:
            self._labels[each.source] = each.name
        else:
            self._copy(each.name, each.source)

    def _copy(self, name: str, source: str) -> None:
        label = self._need(source)
        if label != name:
            self._makers[name] = lambda row: row[label]

    def _complex(self, each: Property) -> Make:
        shown: Any = each.type
        labels = {part.name: self._need(each.parts[part.name]) for part in shown.properties}
        return lambda row: {name: row[label] for name, label in labels.items()}

    def _computed(self, each: Property) -> Make:
        labels = {source: self._need(source) for source in each.needs}
        compute: Any = each.compute
        return lambda row: compute({source: row[label] for source, label in labels.items()})

    def _enumerated(self, kind: EnumType, label: str) -> Make:
        return lambda row: None if row[label] is None else kind.name_of(row[label])

    def _add_dynamic(self, rows: Sequence[Row]) -> None:
        """What the kinds of these rows declare is asked for once."""
        dynamic = self._plan.set.type.dynamic
        if dynamic is None or not self._plan.has_dynamic:
            return
        kind, data = self._labels[_discriminator(self._plan, dynamic)], self._labels[dynamic.column]
        declared = dynamic.declared(self._seen.principal, {row[kind] for row in rows})
        wanted = {
            value: [each for each in properties if _is_wanted(each, self._plan)]
            for value, properties in declared.items()
        }
        for row in rows:
            row[DYNAMIC] = {
                each.name: (each, _canonical(each, row[data])) for each in wanted.get(row[kind], ())
            }


def _discriminator(plan: Plan, dynamic: DynamicProperties) -> str:
    found = plan.set.type.property(dynamic.discriminator)
    return str(found.source if found else "")


def _is_wanted(each: Property, plan: Plan) -> bool:
    return plan.dynamic_names is None or not each.folded_names.isdisjoint(
        name.lower() for name in plan.dynamic_names
    )


def _canonical(each: Property, data: Any) -> Any:
    """The value of an open property; one that has not the form of its type reads as null."""
    value = data.get(each.name) if isinstance(data, Mapping) else None
    try:
        return None if value is None else decode(each.type, value, ieee754=True)
    except WrongValueError:
        return None
