"""What is shown of an entity: which properties, which related rows, and theirs in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .registry import EntitySet, Navigation, Property

Row = dict[str, Any]
"""One row: Python values by declared property name, of the selected properties, the key, and `VERSION`.

A complex value is a dict with the parts that were selected. An expanded navigation is here under its name: a
Row or None to one, a Page to many. Dynamic properties, where the plan has them, are under DYNAMIC: name →
(Property, value).
"""

VERSION = "@version"
"""Where a Row keeps the value of its type's `concurrency` column."""
DYNAMIC = "@dynamic"


@dataclass(frozen=True)
class Page:
    """Rows of a collection; `count` and `next_link` are None where the answer says nothing of them."""

    rows: Sequence[Row]
    count: int | None = None
    next_link: str | None = None


@dataclass(frozen=True)
class Plan:
    """`projection` is what the context URL says in parentheses, "" when nothing was chosen."""

    set: EntitySet
    properties: tuple[Property, ...]
    expansions: tuple[Expansion, ...] = ()
    has_dynamic: bool = False
    dynamic_names: frozenset[str] | None = None
    """The dynamic properties that were selected; None for all."""
    projection: str = ""


@dataclass(frozen=True)
class Expansion:
    """One navigation to show. `wants_rows` is false for `$expand=Nav/$count`: its Page has a count alone."""

    navigation: Navigation
    plan: Plan
    wants_rows: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    """The query options for the related rows, by bare name."""
