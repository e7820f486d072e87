"""Where the database keeps what a path leads to, seen from inside any number of subqueries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import F, Field, Model, OuterRef, QuerySet, Subquery

from integrationhub.wire.expressions.columns import Column, json_columns
from integrationhub.wire.expressions.model_columns import field_bounds, field_encoding
from integrationhub.wire.expressions.schema import Property as SchemaProperty
from integrationhub.wire.expressions.schema import Schema

from .members import Target
from .perspective import Perspective
from .registry import EntitySet, Navigation, Property
from .scalars import scalar_of


def reference(source: str, distance: int) -> Any:
    """A column of the row that is `distance` queries further out."""
    found: Any = F(source)
    for _ in range(distance):
        found = OuterRef(found if isinstance(found, OuterRef) else source)
    return found


def value_of(seen: Perspective, hops: Sequence[Navigation], source: str, distance: int) -> Any:
    """The column `source` of the row at the end of the hops; null where the caller sees no such row."""
    if not hops:
        return reference(source, distance)
    hop, *rest = hops
    rows = linked(seen, hop, reference(hop.local, distance + 1))
    value = value_of(seen, rest, source, 0)
    return Subquery(rows.annotate(_value=value).values("_value")[:1])


def linked(seen: Perspective, hop: Navigation, local: Any) -> QuerySet[Any]:
    """The rows that the caller sees on the other side of a hop."""
    return seen.rows(seen.service.target(hop)).filter(**{hop.remote: local})


def column(
    seen: Perspective, origin: EntitySet, target: Target, distance: int, dynamic: Mapping[str, Property]
) -> Column | None:
    """How to read what a path leads to from a row of `origin`; None where it cannot be read exactly."""
    if target.value is None or target.source is None:
        return None
    if dynamic.get(target.value.name) is target.value:
        return None if distance else _json_column(seen, origin, target.value)
    kind = scalar_of(target.value.type)
    if kind is None:
        return None
    field = field_of(seen.model(target.set), target.source)
    encode = field_encoding(kind, field, seen.vendor)
    if encode is None:
        return None
    return Column(value_of(seen, target.hops, target.source, distance), encode, field_bounds(field))


def _json_column(seen: Perspective, origin: EntitySet, found: Property) -> Column | None:
    kind = scalar_of(found.type)
    if kind is None or origin.type.dynamic is None:
        return None
    schema = Schema(origin.name, (SchemaProperty(found.name, kind),))
    return json_columns(origin.type.dynamic.column, schema, seen.vendor).get(found.name)


def field_of(model: type[Model], source: str) -> Field[Any, Any]:
    """The field at the end of an ORM path; of a foreign key, the field whose values it has."""
    *hops, last = source.split("__")
    for hop in hops:
        model = cast("type[Model]", model._meta.get_field(hop).related_model)
    found: Any = model._meta.pk if last == "pk" else model._meta.get_field(last)
    while found.is_relation:
        found = found.target_field
    return cast("Field[Any, Any]", found)
