"""What a path addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any

from django.db.models import QuerySet

from .registry import EntitySet, Key, Navigation, Operation, Property, Singleton


class Kind(StrEnum):
    SERVICE = auto()  # the service document
    METADATA = auto()
    BATCH = auto()
    COLLECTION = auto()
    ENTITY = auto()
    PROPERTY = auto()  # of an entity: …/Name
    RAW = auto()  # …/Name/$value
    COUNT = auto()  # …/$count
    OPERATION = auto()


@dataclass(frozen=True)
class Resource:
    """`rows` are exactly those addressed, every hop restricted to what the caller sees.

    Of an entity there are one or none. `key` is what the last segment of an entity named, as Python values;
    it is None behind a to-one navigation and a singleton. `parent` is what stands before the last hop, `via`
    the hop. `properties` lead from the entity to a PROPERTY or RAW value. An OPERATION bound to something has
    that something's set and rows.
    """

    kind: Kind
    set: EntitySet | None = None
    rows: QuerySet[Any] | None = None
    key: Key | None = None
    via: Navigation | None = None
    parent: Resource | None = None
    singleton: Singleton | None = None
    properties: tuple[Property, ...] = ()
    operation: Operation | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    """What the path gave to a function, by parameter name, as the text of literals."""
    is_query: bool = False
    """`…/$query`: the options come in the body of a POST."""
