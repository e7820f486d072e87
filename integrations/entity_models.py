"""Entities whose rows are those of a Django model, in whichever app it lives.

An app publishes a model in its `AppConfig.ready`:

    entity_models.publish(
        EntityModel(
            "Invoice",
            Invoice,
            properties={"Id": "number", "Title": "title", "Amount": "amount", "UpdatedOn": "changed_at"},
            key="Id", name="Title", updated_on="UpdatedOn", client="customer__client",
        )
    )

`install` gives it its Entity. From then on integrations are defined on it, scanned, tried and delivered as on
any other; its rows are the app's to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    Field,
    FloatField,
    IntegerField,
    Model,
    Q,
    QuerySet,
    TextField,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, Left, Substr

from integrationhub.wire.expressions.columns import Column, Vendor
from integrationhub.wire.expressions.model_columns import model_columns
from integrationhub.wire.expressions.schema import Property, Schema
from integrationhub.wire.expressions.types import Scalar
from integrations import canonical
from integrations.canonical import ITEM_TEXT_LENGTH, Json
from integrations.models import Entity, EntityProperty
from integrations.models.keys import by_bytes

# What the rows of every source have, whatever the model's own fields are called.
ROW = ("item_id", "item_name", "item_updated_on")
_KEYS = (Scalar.STRING, Scalar.INT, Scalar.GUID)
_LARGEST_INT = 2**63 - 1
_TYPES: tuple[tuple[type[Field[Any, Any]], Scalar], ...] = (
    (BooleanField, Scalar.BOOLEAN),
    (IntegerField, Scalar.INT),
    (DecimalField, Scalar.DECIMAL),
    (FloatField, Scalar.DOUBLE),
    (DateTimeField, Scalar.DATETIME),  # a DateField as well: it has to come first
    (DateField, Scalar.DATE),
    (UUIDField, Scalar.GUID),
    (CharField, Scalar.STRING),
    (TextField, Scalar.STRING),
)


@dataclass(frozen=True)
class EntityModel:
    """`properties` maps names of the entity's to the model's own fields; `key`, `name` and `updated_on` are
    properties. `client` is the path to the Client whose the row is.

    Rows without a key or a time of change are none of the entity's.
    """

    entity: str
    model: type[Model]
    properties: Mapping[str, str]
    key: str
    name: str
    updated_on: str
    client: str = "client"

    @cached_property
    def fields(self) -> dict[str, Field[Any, Any]]:
        return {name: self.model._meta.get_field(field) for name, field in self.properties.items()}  # type: ignore[misc]

    @cached_property
    def schema(self) -> Schema:
        found = [Property(name, _type_of(field), field.null) for name, field in self.fields.items()]
        return Schema(self.entity, tuple(found))

    def rows(self, client_id: int) -> QuerySet[Any]:
        """The client's rows, with `item_id`, `item_name` and `item_updated_on`."""
        key, updated_on = self.properties[self.key], self.properties[self.updated_on]
        there = Q((self.client, client_id), (f"{key}__isnull", False), (f"{updated_on}__isnull", False))
        rows: QuerySet[Any] = self.model._default_manager.filter(there)
        if self._type(self.key) is Scalar.STRING:
            rows = rows.exclude(**{key: ""})
        annotated: QuerySet[Any] = rows.annotate(**self._missing_from_model)
        return annotated

    def read(self, client_id: int, item_ids: Iterable[str]) -> QuerySet[Any]:
        """Those of the client's rows that have these ids."""
        keys = [key for item_id in item_ids for key in self._keys(item_id)]
        return self.rows(client_id).filter(**{f"{self.properties[self.key]}__in": keys})

    def data(self, values: Sequence[object]) -> dict[str, Json]:
        """The canonical form of the values of `columns`. Raises ValueError."""
        return {
            each.name: canonical.encode(value, each.type)
            for each, value in zip(self.schema.properties, values, strict=True)
        }

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.properties.values())

    def sql(self, vendor: Vendor) -> Mapping[str, Column]:
        return model_columns(self.schema, self.fields, vendor)

    @cached_property
    def _missing_from_model(self) -> dict[str, Any]:
        item_id, name = by_bytes(self._as_text(self.key)), self._as_text(self.name)
        named = Case(
            When(Q((f"{self.properties[self.name]}__isnull", True)), then=item_id),
            default=name,
            output_field=TextField(),
        )
        wanted = {
            "item_id": item_id,
            "item_name": Left(named, ITEM_TEXT_LENGTH),
            "item_updated_on": F(self.properties[self.updated_on]),
        }
        own = {field.name for field in self.model._meta.get_fields()}
        return {name: expression for name, expression in wanted.items() if name not in own}

    def _as_text(self, name: str) -> Any:
        field = F(self.properties[name])
        if self._type(name) is Scalar.STRING:
            return field
        text = Cast(field, TextField())
        if self._type(name) is Scalar.GUID and connection.vendor == "sqlite":
            return _hyphenated(text)
        return text

    def _type(self, name: str) -> Scalar:
        return _type_of(self.fields[name])

    def _keys(self, item_id: str) -> Iterator[object]:
        try:
            key = self.fields[self.key].to_python(item_id)
        except ValidationError:
            return
        if not isinstance(key, int) or abs(key) <= _LARGEST_INT:
            yield key


_published: dict[str, EntityModel] = {}


def publish(declared: EntityModel) -> None:
    """Raises ImproperlyConfigured for what cannot be an entity."""
    try:
        _check(declared)
    except (FieldDoesNotExist, ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"{declared.entity} cannot be published: {error}") from None
    _published[declared.entity] = declared


def find(entity_id: str) -> EntityModel | None:
    """None for an entity whose rows are records of the hub's own."""
    return _published.get(entity_id)


def published() -> list[str]:
    return sorted(_published)


def install() -> None:
    """Brings the Entity of every published model in line with its declaration. Safe to repeat."""
    for declared in _published.values():
        with transaction.atomic():
            _install(declared)


def _install(declared: EntityModel) -> None:
    given = {
        "key_property": declared.key,
        "name_property": declared.name,
        "updated_on_property": declared.updated_on,
    }
    title = str(declared.model._meta.verbose_name).capitalize()
    entity, _ = Entity.objects.get_or_create(id=declared.entity, defaults={"name": title, **given})
    if entity.schema() == declared.schema and all(getattr(entity, k) == v for k, v in given.items()):
        return
    entity.properties.all().delete()
    EntityProperty.objects.bulk_create(
        EntityProperty(
            entity=entity, name=each.name, type=str(each.type), nullable=each.nullable, position=place
        )
        for place, each in enumerate(declared.schema.properties)
    )
    # Watermarks and filters were reached with the version before.
    Entity.objects.filter(pk=entity.pk).update(**given, row_version=entity.row_version + 1)


def _check(declared: EntityModel) -> None:
    types = {each.name: each.type for each in declared.schema.properties}
    if types[declared.key] not in _KEYS:
        raise ValueError(f"its key {declared.key} is no text, whole number or UUID")
    field = declared.fields[declared.key]
    if types[declared.key] is Scalar.STRING and not 0 < (field.max_length or 0) <= ITEM_TEXT_LENGTH:
        raise ValueError(f"its key {declared.key} may be longer than {ITEM_TEXT_LENGTH} characters")
    if declared.name not in types:
        raise ValueError(f"it has no property {declared.name}")
    if types[declared.updated_on] is not Scalar.DATETIME:
        raise ValueError(f"{declared.updated_on} is no DateTimeField")
    own = {each.name for each in declared.model._meta.get_fields()}
    roles = (declared.key, declared.name, declared.updated_on)
    for name, role in zip(ROW, roles, strict=True):
        if name in own and declared.properties[role] != name:
            raise ValueError(f"its model has a field {name} that is something else")


def _type_of(field: Field[Any, Any]) -> Scalar:
    if field.is_relation:
        return _type_of(cast(Any, field).target_field)
    for kind, scalar in _TYPES:
        if isinstance(field, kind):
            return scalar
    raise ValueError(f"its field {field.name} is of no type that entities have")


def _hyphenated(text: Any) -> Concat:
    """SQLite keeps a UUID as 32 digits."""
    parts = [Substr(text, start, length) for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))]
    hyphen = Value("-")
    joined = [piece for part in parts for piece in (part, hyphen)][:-1]
    return Concat(*joined, output_field=TextField())
