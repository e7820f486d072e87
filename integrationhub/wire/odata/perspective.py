"""What one caller sees of a service at one moment, and the database it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet

from integrationhub.wire.expressions.columns import Vendor

from .registry import EntitySet, Service


@dataclass(frozen=True)
class Perspective:
    service: Service
    principal: Any
    now: datetime
    aliases: Mapping[str, str] = field(default_factory=dict)

    def rows(self, entity_set: EntitySet) -> QuerySet[Any]:
        """The rows of a set that exist for this caller, in no order."""
        return entity_set.visible_to(self.principal).order_by()

    def model(self, entity_set: EntitySet) -> type[Model]:
        """The model whose rows those are."""
        if entity_set.name not in self._models:
            self._models[entity_set.name] = self.rows(entity_set).model
        return self._models[entity_set.name]

    @cached_property
    def _models(self) -> dict[str, type[Model]]:
        return {}

    @cached_property
    def connection(self) -> BaseDatabaseWrapper:
        return connections[router.db_for_read(self.model(self.service.sets[0]))]

    @cached_property
    def vendor(self) -> Vendor:
        return "postgresql" if self.connection.vendor == "postgresql" else "sqlite"
