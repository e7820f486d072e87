"""Related rows: one query for each navigation of each level, whatever the number of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from .collecting import Collected
from .errors import ODataError
from .exchange import Exchange
from .links import rest_link
from .plans import Expansion, Page, Plan, Row
from .registry import EntitySet
from .rows import RowReader

_NUMBER = "_number"


def expand(exchange: Exchange, shown: Plan, rows: Sequence[Row], reader: RowReader) -> None:
    """Put the related rows into the rows, under the names of their navigations."""
    for each in shown.expansions:
        _Expander(exchange, shown.set, each).fill(rows, reader.label_of(each.navigation.local))


class _Expander:
    """Reads the rows on the other side of one navigation, for all rows of a page at once."""

    def __init__(self, exchange: Exchange, owner: EntitySet, expansion: Expansion) -> None:
        self._exchange = exchange
        self._owner = owner
        self._expansion = expansion
        self._hop = expansion.navigation
        seen = exchange.seen
        self._asked = Collected(seen, expansion.plan.set, expansion.options)
        locals_of_next = [each.navigation.local for each in expansion.plan.expansions]
        self._reader = RowReader(seen, expansion.plan, [self._hop.remote, *locals_of_next])

    def fill(self, rows: Sequence[Row], label: str) -> None:
        values = {row[label] for row in rows if row[label] is not None}
        related = self._asked.seen.rows(self._expansion.plan.set).filter(
            **{f"{self._hop.remote}__in": values}
        )
        if not self._hop.many:
            self._fill_one(rows, label, related)
            return
        matching = self._asked.matching(related)
        counts = self._counts(matching) if self._asked.wants_count else {}
        found = self._groups(matching, owners=len(values)) if self._expansion.wants_rows else {}
        for row in rows:
            row[self._hop.name] = self._page(row, found.get(row[label], []), counts.get(row[label], 0))

    def _fill_one(self, rows: Sequence[Row], label: str, related: QuerySet[Any]) -> None:
        found = self._reader.read(related)
        expand(self._exchange, self._expansion.plan, found, self._reader)
        by_value = {each[self._reader.label_of(self._hop.remote)]: each for each in found}
        for row in rows:
            row[self._hop.name] = by_value.get(row[label])

    def _counts(self, matching: QuerySet[Any]) -> dict[Any, int]:
        grouped = matching.values(self._hop.remote).annotate(_count=Count("pk"))
        return dict(grouped.values_list(self._hop.remote, "_count"))

    @property
    def _limit(self) -> int:
        """The most rows for one owner: `$top`, or what an answer has room for."""
        room = self._exchange.service.limits.expanded_rows
        return room if self._asked.top is None else min(self._asked.top, room)

    @property
    def _most(self) -> int:
        """The most rows for all owners together."""
        return self._exchange.service.limits.related_rows

    def _groups(self, matching: QuerySet[Any], *, owners: int) -> dict[Any, list[Row]]:
        """The rows of each owner, in order, and one more where there are more."""
        found = self._of_one(matching) if owners == 1 else self._of_each(matching)
        if len(found) > self._most:
            raise ODataError(400, "", f"There are more than {self._most} rows of {self._hop.name}; use $top.")
        groups: dict[Any, list[Row]] = defaultdict(list)
        for row in found:
            groups[row[self._reader.label_of(self._hop.remote)]].append(row)
        shown = [row for group in groups.values() for row in group[: self._limit]]
        expand(self._exchange, self._expansion.plan, shown, self._reader)
        return groups

    def _of_one(self, matching: QuerySet[Any]) -> list[Row]:
        """Of a single owner the database need not number all rows to find the first ones."""
        skip, order = self._asked.skip, [item.order_by() for item in self._asked.order]
        return self._reader.read(matching.order_by(*order)[skip : skip + self._limit + 1])

    def _of_each(self, matching: QuerySet[Any]) -> list[Row]:
        skip, order = self._asked.skip, [item.order_by() for item in self._asked.order]
        number = Window(RowNumber(), partition_by=[F(self._hop.remote)], order_by=order)
        window = matching.annotate(**{_NUMBER: number}).filter(
            **{f"{_NUMBER}__gt": skip, f"{_NUMBER}__lte": skip + self._limit + 1}
        )
        return self._reader.read(window.order_by(_NUMBER)[: self._most + 1], [_NUMBER])

    def _page(self, owner: Row, found: list[Row], count: int) -> Page:
        limit, top = self._limit, self._asked.top
        has_more = len(found) > limit and (top is None or top > limit)
        link = self._rest(owner, limit) if has_more else None
        return Page(found[:limit], count if self._asked.wants_count else None, link)

    def _rest(self, owner: Row, limit: int) -> str:
        options = {**self._expansion.options, "skip": str(self._asked.skip + limit)}
        if self._asked.top is not None:
            options["top"] = str(self._asked.top - limit)
        return rest_link(self._exchange, (self._owner, owner), self._hop, options)
