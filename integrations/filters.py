"""An integration's filter, compiled: which rows of its entity it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast

from django.db import connection

from integrationhub.wire.expressions import facts, linq
from integrationhub.wire.expressions.columns import Vendor
from integrationhub.wire.expressions.predicate import Row, compile_predicate
from integrationhub.wire.expressions.schema import Schema
from integrationhub.wire.expressions.sql import Split, split
from integrationhub.wire.expressions.tree import Expression
from integrations import sources
from integrations.models import Integration


@dataclass(frozen=True)
class Compiled:
    """`expression` is None where there is no filter: every row matches then."""

    schema: Schema
    expression: Expression | None
    matches: Callable[[Row, datetime], bool]
    reads_clock: bool = False
    reads_navigation: bool = False

    def split(self, now: datetime) -> Split:
        """What the database decides of the entity's rows, and what is left for Python."""
        if self.expression is None:
            return Split(condition=None, residual=None)
        vendor = cast(Vendor, connection.vendor)
        return split(self.expression, sources.sql(self.schema, vendor), vendor=vendor, now=now)


def compiled(integration: Integration) -> Compiled:
    """Raises ExpressionError for a text that is no filter over the integration's entity."""
    return _compile(integration.entity.schema(), integration.filter or "")


# The schema itself is the key: whatever changes an entity, no filter outlives it.
@lru_cache(maxsize=512)
def _compile(schema: Schema, text: str) -> Compiled:
    if not text.strip():
        return Compiled(schema, None, matches=lambda row, now: True)
    expression = linq.parse(text, schema)
    return Compiled(
        schema,
        expression,
        matches=compile_predicate(expression),
        reads_clock=facts.reads_clock(expression),
        reads_navigation=facts.reads_navigation(expression),
    )
