"""What a service publishes, declared: types, sets, singletons, operations. Whoever publishes fills it in.

A name that is not here does not exist on the wire: not in paths, filters, orders, bodies or $metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

from django.db.models import Model, QuerySet

from .edm import CollectionOf, ComplexType, EdmType, EnumType
from .limits import Limits
from .names import Named, find

# A value of an annotation: a constant, a record (Mapping) or a collection (list) of values.
Annotations = Mapping[str, Any]
Key = Mapping[str, Any]
"""The key properties of a row by name, in the order of `EntityType.key`."""


class Missing:
    """The type of `MISSING`, which tells "no default" from the default null."""


MISSING = Missing()


@dataclass(frozen=True)
class Property(Named):
    """A structural property.

    It is read from one of these:
    - `source`: a column of the set's model, or an ORM path to one over single-valued relations;
    - `parts`, for a ComplexType: the column of each of its properties;
    - `compute`: a function of the columns named in `needs`; such a property cannot be filtered or ordered by.
    """

    name: str
    type: EdmType
    source: str | None = None
    nullable: bool = True
    min_length: int = 0
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    aliases: tuple[str, ...] = ()
    """Other names that requests may use; replies never do."""
    parts: Mapping[str, str] = field(default_factory=dict, hash=False)
    compute: Callable[[Mapping[str, Any]], Any] | None = None
    needs: tuple[str, ...] = ()
    filterable: bool = True
    sortable: bool = True
    selectable: bool = True
    insertable: bool = True
    updatable: bool = True
    computed: bool = False
    """The service sets it: what a body says is ignored (Core.Computed)."""
    default: Any = MISSING
    """What PUT and POST take for an absent property; without one a non-nullable property is required,"""
    optional: bool = False
    """unless this says that its absence is for the verb to understand."""
    annotations: Annotations = field(default_factory=dict, hash=False)

    @property
    def is_queryable(self) -> bool:
        return self.source is not None or bool(self.parts)


@dataclass(frozen=True)
class Navigation(Named):
    """A way from a row to the rows of another set: those whose column `remote` equals this row's `local`.

    To one: `Navigation("Customer", "Customers", local="customer_id", remote="pk")`; to many:
    `Navigation("Orders", "Orders", many=True, local="pk", remote="customer_id")`. `remote` may be an ORM path
    through a many-to-many relation. Only rows of the target that the caller sees are ever reached.
    """

    name: str
    target: str
    local: str
    remote: str
    many: bool = False
    nullable: bool = True
    partner: str | None = None
    constraint: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Dependent property → principal property, as $metadata tells it and `@odata.bind` writes it."""
    expandable: bool = True
    aliases: tuple[str, ...] = ()
    referable: VisibleTo | None = None
    """The rows that a body may refer to, where they are more than the caller sees."""
    annotations: Annotations = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class DynamicProperties:
    """What rows of an open type have beyond the declared properties: which, decided by a discriminator.

    `column` is a JSONField in the canonical form of `expressions.columns.json_columns`. `declared` answers
    the properties for each of some values of the property `discriminator`, but for those that the principal
    does not know.
    """

    column: str
    discriminator: str
    declared: Callable[[Any, Collection[Any]], Mapping[Any, Sequence[Property]]]


@dataclass(frozen=True)
class EntityType:
    name: str
    key: tuple[str, ...]
    properties: tuple[Property, ...]
    navigations: tuple[Navigation, ...] = ()
    dynamic: DynamicProperties | None = None
    concurrency: str | None = None
    """The column that tells one version of a row from the next, whatever the wire shows of it: the ETag."""
    annotations: Annotations = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        _refuse_doubles(self.name, [*self.properties, *self.navigations])
        for name in self.key:
            if self.property(name) is None:
                raise ValueError(f"{self.name}: the key {name} is no property")

    def property(self, name: str) -> Property | None:
        return find(self.properties, name)

    def navigation(self, name: str) -> Navigation | None:
        return find(self.navigations, name)

    @cached_property
    def keys(self) -> tuple[Property, ...]:
        return tuple(each for name in self.key if (each := self.property(name)))


class Caller(NamedTuple):
    """Who asks, and when: what verbs need to know of a request."""

    principal: Any
    now: datetime


# A row as a body gives it: Python values by declared property name; of a complex property, a dict.
Values = Mapping[str, Any]
VisibleTo = Callable[[Any], "QuerySet[Any]"]
Create = Callable[[Caller, Values], Model]
"""Makes a row. With `key_is_client_chosen`, PATCH and PUT on a missing key come here, key included."""
Update = Callable[[Caller, Any, Values], None]
"""Changes a row, locked and of the version the request named; `values` are the changed ones alone."""
Delete = Callable[[Caller, Any], None]
"""Deletes a row, locked and of the version the request named."""


@dataclass(frozen=True)
class EntitySet(Named):
    """`visible_to(principal)` gives the rows that exist for a principal; every access starts from it.

    A verb that is None does not exist here: 405. `write_scope` is a name that `Service.permits` is asked for.
    """

    name: str
    type: EntityType
    visible_to: VisibleTo
    create: Create | None = None
    update: Update | None = None
    delete: Delete | None = None
    key_is_client_chosen: bool = False
    searched: tuple[str, ...] = ()
    """The String properties that $search looks into."""
    page_size: int = 1000
    write_scope: str = "write"
    aliases: tuple[str, ...] = ()
    annotations: Annotations = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Singleton(Named):
    """One row under a name of its own: the only one that `visible_to(principal)` gives. `of` is its set."""

    name: str
    of: str
    visible_to: VisibleTo
    annotations: Annotations = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Parameter(Named):
    name: str
    type: EdmType
    nullable: bool = True
    default: Any = MISSING
    """Without one the parameter has to be given."""


@dataclass(frozen=True)
class EntityResult:
    """An operation answers rows of a set: `run` returns a key (to one) or a QuerySet of rows (to many).

    Either is read again through the set's `visible_to`, so that an operation shows nothing the set hides.
    """

    set: str
    many: bool = False


@dataclass(frozen=True)
class Operation(Named):
    """A function (read by GET) or an action (called by POST).

    `run(caller, bound, arguments)`: `bound` is None for an unbound operation, the QuerySet of exactly one
    visible row when bound to an entity, of many when bound to a collection; `arguments` are Python values by
    parameter name. It returns the value of `returns`, or None.
    """

    name: str
    kind: Literal["function", "action"]
    run: Callable[[Caller, Any, Mapping[str, Any]], Any]
    bound_to: str | None = None
    """The set whose rows it takes."""
    to_collection: bool = False
    parameters: tuple[Parameter, ...] = ()
    returns: EdmType | EntityResult | None = None
    scope: str = "write"
    annotations: Annotations = field(default_factory=dict, hash=False)

    @property
    def is_function(self) -> bool:
        return self.kind == "function"


def _everybody(principal: Any, scope: str) -> bool:
    return True


@dataclass(frozen=True, eq=False)
class Service:
    """Everything under one root. `permits(principal, scope)` says who may use what carries that scope."""

    namespace: str
    sets: tuple[EntitySet, ...]
    singletons: tuple[Singleton, ...] = ()
    operations: tuple[Operation, ...] = ()
    container: str = "Container"
    permits: Callable[[Any, str], bool] = _everybody
    read_scope: str = "read"
    """What every read needs: related rows are read along with the rows of any set."""
    limits: Limits = field(default_factory=Limits)
    schema_version: str | None = None
    annotations: Annotations = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        unbound = [each for each in self.operations if each.bound_to is None]
        _refuse_doubles(self.namespace, [*self.sets, *self.singletons, *unbound])
        names = {each.name for each in self.sets}
        targets = {nav.target for each in self.sets for nav in each.type.navigations}
        bound = {each.bound_to for each in self.operations if each.bound_to}
        if unknown := (targets | bound | {each.of for each in self.singletons}) - names:
            raise ValueError(f"{self.namespace}: no sets {sorted(unknown)}")

    def set(self, name: str) -> EntitySet | None:
        return find(self.sets, name)

    def named(self, name: str) -> EntitySet:
        """The set of this exact name, as the registry's own references have it."""
        return self._sets[name]

    def target(self, navigation: Navigation) -> EntitySet:
        return self._sets[navigation.target]

    def singleton(self, name: str) -> Singleton | None:
        return find(self.singletons, name)

    def operation(self, name: str, bound_to: EntitySet | None, *, to_collection: bool) -> Operation | None:
        """Find by name, or by `Namespace.Name`, among the operations bound to just that."""
        wanted = bound_to.name if bound_to else None
        short = name.removeprefix(f"{self.namespace}.")
        fitting = (
            each
            for each in self.operations
            if each.bound_to == wanted and each.to_collection == to_collection
        )
        return find(fitting, short)

    @cached_property
    def _sets(self) -> dict[str, EntitySet]:
        return {each.name: each for each in self.sets}

    @cached_property
    def entity_types(self) -> tuple[EntityType, ...]:
        return tuple({each.type.name: each.type for each in self.sets}.values())

    @cached_property
    def value_types(self) -> tuple[EnumType | ComplexType, ...]:
        """Every enumeration and complex type that is used somewhere, each once."""
        found: dict[str, EnumType | ComplexType] = {}
        pending: list[EdmType | EntityResult | None] = [
            each.type for kind in self.entity_types for each in kind.properties
        ]
        for operation in self.operations:
            pending += [operation.returns, *(each.type for each in operation.parameters)]
        while pending:
            kind = pending.pop(0)
            if isinstance(kind, CollectionOf):
                pending.append(kind.element)
            elif isinstance(kind, EnumType | ComplexType) and kind.name not in found:
                found[kind.name] = kind
                pending += [each.type for each in kind.properties] if isinstance(kind, ComplexType) else []
        return tuple(found.values())


def _refuse_doubles(owner: str, items: Sequence[Named]) -> None:
    seen: set[str] = set()
    for each in items:
        if doubles := seen & each.folded_names:
            raise ValueError(f"{owner}: {sorted(doubles)} is named twice, but for its case")
        seen |= each.folded_names
