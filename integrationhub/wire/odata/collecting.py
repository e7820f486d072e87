"""The query options of one collection, applied to its rows: which, in what order, from where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from integrationhub.wire.expressions.errors import ExpressionError, NotProvenError

from . import searching, skiptokens
from .binding import Binder
from .conditions import Query
from .errors import ODataError
from .members import Names
from .open_types import dynamic_properties
from .ordering import OrderItem, after, order
from .parsing import parse
from .perspective import Perspective
from .refusals import refusal
from .registry import EntitySet, Property
from .syntax import Syntax

_WHOLE = re.compile(r"\s*[0-9]{1,18}\s*", re.ASCII)


@dataclass(frozen=True)
class Collected:
    """The options, understood. `given` are their texts by bare name. Asking for one may raise ODataError."""

    seen: Perspective
    set: EntitySet
    given: Mapping[str, str]

    @cached_property
    def _filter(self) -> Syntax | None:
        text = self.given.get("filter", "")
        try:
            return parse(text, self.seen.service.limits) if text.strip() else None
        except ExpressionError as error:
            raise refusal(error, "$filter") from None

    @cached_property
    def _dynamic(self) -> Mapping[str, Property]:
        return dynamic_properties(self.set, self._filter, self.seen.principal)

    @cached_property
    def _query(self) -> Query:
        return Query(self.seen, self.set, self._dynamic)

    def _binder(self, *, for_order: bool = False) -> Binder:
        names = Names(self.seen.service, self._dynamic, for_order=for_order)
        return Binder.of(names, self.set, self.seen.aliases)

    def matching(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that `$filter` and `$search` let pass."""
        return rows.filter(self._filtered() & self._searched())

    def _filtered(self) -> Q:
        if self._filter is None:
            return Q()
        try:
            return self._query.condition(self._binder().condition(self._filter))
        except ExpressionError as error:
            raise refusal(error, "$filter") from None

    def _searched(self) -> Q:
        text = self.given.get("search", "")
        if not text.strip():
            return Q()
        if not self.set.searched:
            raise ODataError(501, "", f"Not implemented: $search in {self.set.name}.", "$search")
        try:
            found = searching.parse(text, self.set.searched, self.seen.service.limits)
            return self._query.condition(found)
        except ExpressionError as error:
            raise refusal(error, "$search") from None

    @cached_property
    def order(self) -> list[OrderItem]:
        try:
            return order(self._query, self._binder(for_order=True), self.given.get("orderby", ""))
        except ExpressionError as error:
            raise refusal(error, "$orderby") from None

    def behind(self, token: str) -> Q:
        """What is true of the rows that come after the one of this `$skiptoken`."""
        try:
            return after(self._query, self.order, skiptokens.read(token, self.order))
        except NotProvenError:  # a value that no row can have
            raise skiptokens.misfit() from None

    @property
    def top(self) -> int | None:
        return self._number("top", self.seen.service.limits.top)

    @property
    def skip(self) -> int:
        return self._number("skip", self.seen.service.limits.skip) or 0

    @property
    def wants_count(self) -> bool:
        text = self.given.get("count", "false").strip().lower()
        if text not in ("true", "false"):
            raise ODataError(400, "", "The value of '$count' has to be true or false.", "$count")
        return text == "true"

    def _number(self, name: str, limit: int) -> int | None:
        text = self.given.get(name)
        if text is None:
            return None
        if not _WHOLE.fullmatch(text):
            raise ODataError(400, "", f"The value of '${name}' has to be a whole number from 0.", f"${name}")
        if int(text) > limit:
            raise ODataError(
                400,
                "",
                f"The limit of '{limit}' for {name.title()} query has been exceeded. "
                f"The value from the incoming request is '{int(text)}'.",
                f"${name}",
            )
        return int(text)
