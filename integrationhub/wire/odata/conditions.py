"""Expressions of the wire as conditions of a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Exists, Q, QuerySet, Subquery
from django.db.models.fields import BooleanField

from integrationhub.wire.expressions.columns import Column, encode_boolean, encode_int
from integrationhub.wire.expressions.errors import NotProvenError
from integrationhub.wire.expressions.sql import MAX_SQL_DEPTH, MAX_SQL_LENGTH
from integrationhub.wire.expressions.sql_template import Template
from integrationhub.wire.expressions.translation import Translator
from integrationhub.wire.expressions.tree import Expression, Member, Quantifier, Quantify, conjuncts

from . import columns
from .members import Names, Target
from .perspective import Perspective
from .refusals import UnsupportedError
from .registry import EntitySet, Navigation, Property
from .syntax import Part


class RowTranslator(Translator):
    """Translates for the rows of the last of `scopes`; the others are those of the queries around it."""

    def __init__(
        self, seen: Perspective, scopes: tuple[EntitySet, ...], dynamic: Mapping[str, Property]
    ) -> None:
        super().__init__({}, seen.vendor, seen.now)
        self._seen = seen
        self._scopes = scopes
        self._dynamic = dynamic

    def _target(self, member: Member) -> tuple[Target, int]:
        """What a member names, and how many queries further out its row is."""
        names = Names(self._seen.service, {} if member.level else self._dynamic)
        target = names.find(self._scopes[member.level], [Part(name, 0) for name in member.name.split("/")])
        return target, len(self._scopes) - 1 - member.level

    def _row_member(self, node: Member) -> Column:
        target, distance = self._target(node)
        origin = self._scopes[node.level]
        if found := columns.column(self._seen, origin, target, distance, self._dynamic):
            return found
        raise NotProvenError

    def _quantified(self, node: Quantify, exact: bool) -> Template:
        if node.quantifier is Quantifier.ALL:
            return _boolean("(NOT {0})", Exists(self._items(node).filter(self._body(node, "(NOT {0})"))))
        return _boolean("{0}", Exists(self._matching(node)))

    def _counted(self, node: Quantify) -> Column:
        if node.quantifier is not Quantifier.COUNT:
            return Column(self.condition(node, exact=True), encode_boolean)
        count: Any = _CountRows(self._matching(node).values("pk").distinct())
        return Column(count, encode_int, (0, 2**40))

    def _matching(self, node: Quantify) -> QuerySet[Any]:
        items = self._items(node)
        return items.filter(self._body(node, "{0}")) if node.body else items

    def _items(self, node: Quantify) -> QuerySet[Any]:
        target, distance = self._target(node.collection)
        many = _collection(target)
        local = columns.value_of(self._seen, target.hops, many.local, distance + 1)
        return columns.linked(self._seen, many, local)

    def _body(self, node: Quantify, template: str) -> Q:
        element = self._seen.service.target(_collection(self._target(node.collection)[0]))
        inner = RowTranslator(self._seen, (*self._scopes, element), self._dynamic)
        if node.body is None:
            raise NotProvenError
        condition = inner.condition(node.body, exact=False)
        return Q(_boolean(template, _boolean("COALESCE({0}, FALSE)", condition)))

    _CONDITIONS: Mapping[type, Callable[..., Template]] = {**Translator._CONDITIONS}
    _TERMS: Mapping[type, Callable[..., Column]] = {
        **Translator._TERMS,
        Member: _row_member,
        Quantify: _counted,
    }

    def condition(self, node: Expression, *, exact: bool) -> Template:
        if isinstance(node, Quantify) and node.quantifier is not Quantifier.COUNT:
            return self._quantified(node, exact)
        return super().condition(node, exact=exact)


class _CountRows(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) _counted)"
    output_field = BigIntegerField()


def _collection(target: Target) -> Navigation:
    if target.many is None:
        raise NotProvenError
    return target.many


def _boolean(sql: str, *expressions: Any) -> Template:
    return Template(sql, *expressions, output_field=BooleanField())


@dataclass(frozen=True)
class Query:
    """Translates for the rows of one set. `dynamic` are the open properties that may be read."""

    seen: Perspective
    set: EntitySet
    dynamic: Mapping[str, Property] = field(default_factory=dict)

    @property
    def _translator(self) -> RowTranslator:
        return RowTranslator(self.seen, (self.set,), self.dynamic)

    def condition(self, expression: Expression) -> Q:
        """Raises UnsupportedError, naming the clause, where the database gives no exact answer."""
        condition = Q()
        for clause in conjuncts(expression):
            condition &= Q(self._clause(clause))
        return condition

    def _clause(self, clause: Expression) -> Template:
        try:
            condition = self._translator.condition(clause, exact=False)
        except NotProvenError:
            raise UnsupportedError("the database cannot evaluate this exactly", clause.span.start) from None
        if condition.depth > MAX_SQL_DEPTH or condition.length > MAX_SQL_LENGTH:
            raise UnsupportedError("this is too deep for the database", clause.span.start)
        return condition

    def term(self, expression: Expression) -> Column:
        """A value to order by. Raises UnsupportedError."""
        try:
            return self._translator.term(expression)
        except NotProvenError:
            raise UnsupportedError(
                "the database cannot order by this exactly", expression.span.start
            ) from None
