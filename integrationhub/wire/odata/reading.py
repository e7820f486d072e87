"""Answers to reads: pages of a collection, single rows, counts. A fixed number of queries for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model, QuerySet

from . import skiptokens
from .collecting import Collected
from .errors import ODataError, not_found
from .exchange import Exchange
from .expanding import expand
from .links import next_link
from .planning import plan
from .plans import Page, Plan, Row
from .registry import EntitySet
from .resources import Resource
from .rows import RowReader

_LATER = ("apply", "compute", "deltatoken", "levels", "index", "id")
OF_COLLECTIONS = ("filter", "orderby", "select", "expand", "top", "skip", "count", "search", "skiptoken")
OF_ROWS = ("select", "expand")
OF_COUNTS = ("filter", "search")


def read_page(
    exchange: Exchange, resource: Resource, options: Mapping[str, str] | None = None
) -> tuple[Plan, Page]:
    """One page of a collection. `options` replace the query's, by bare name. Raises ODataError."""
    given = exchange.system_options if options is None else options
    _check(given, OF_COLLECTIONS, exchange)
    entity_set, rows = _addressed(resource)
    shown = plan(exchange.service, entity_set, given)
    asked = Collected(exchange.seen, entity_set, given)
    matching = asked.matching(rows)
    count = matching.count() if asked.wants_count else None
    found, link = _page(exchange, asked, shown, matching)
    return shown, Page(found, count, link)


def _page(
    exchange: Exchange, asked: Collected, shown: Plan, rows: QuerySet[Any]
) -> tuple[list[Row], str | None]:
    top, size = asked.top, page_size(exchange, shown)
    limit = size if top is None else min(top, size)
    order = asked.order
    if token := asked.given.get("skiptoken"):
        rows = rows.filter(asked.behind(token))
    places = {f"_place{index}": item.column.expression for index, item in enumerate(order)}
    ordered = rows.annotate(**places).order_by(*(item.order_by() for item in order))
    if limit == 0:
        return [], None
    reader = RowReader(asked.seen, shown, [each.navigation.local for each in shown.expansions])
    found = reader.read(ordered[asked.skip : asked.skip + limit + 1], list(places))
    page = found[:limit]
    link = None
    if len(found) > limit and (top is None or top > limit):
        token = skiptokens.make(order, [page[-1][name] for name in places])
        link = next_link(exchange, asked.given, token, top=None if top is None else top - limit)
    expand(exchange, shown, page, reader)
    return page, link


def page_size(exchange: Exchange, shown: Plan) -> int:
    """The most rows of one answer: what the set allows, or less where `maxpagesize` prefers it.

    Fewer where each brings many with it.
    """
    size, limits = shown.set.page_size, exchange.service.limits
    if any(each.navigation.many and each.wants_rows for each in shown.expansions):
        size = min(size, limits.related_rows // (limits.expanded_rows + 1))
    wanted = exchange.preferences.get("maxpagesize", "")
    if wanted.isascii() and wanted.isdecimal() and 0 < len(wanted) < 10 and int(wanted):
        return min(int(wanted), size)
    return size


def read_row(exchange: Exchange, resource: Resource) -> tuple[Plan, Row]:
    """The one row of an entity. Raises ODataError, 404 where there is none."""
    _check(exchange.system_options, OF_ROWS, exchange)
    entity_set, rows = _addressed(resource)
    shown = plan(exchange.service, entity_set, exchange.system_options)
    return shown, _one(exchange, shown, rows)


def read_written(exchange: Exchange, entity_set: EntitySet, row: Model) -> tuple[Plan, Row]:
    """A row as a verb left it, with what `$select` and `$expand` ask for. 404 where it is not visible."""
    given = {name: text for name, text in exchange.system_options.items() if name in OF_ROWS}
    shown = plan(exchange.service, entity_set, given)
    return shown, _one(exchange, shown, exchange.seen.rows(entity_set).filter(pk=row.pk))


def _one(exchange: Exchange, shown: Plan, rows: QuerySet[Any]) -> Row:
    reader = RowReader(exchange.seen, shown, [each.navigation.local for each in shown.expansions])
    found = reader.read(rows[:1])
    if not found:
        raise not_found()
    expand(exchange, shown, found, reader)
    return found[0]


def count(exchange: Exchange, resource: Resource) -> int:
    """How many rows match, for `/$count`."""
    _check(exchange.system_options, OF_COUNTS, exchange)
    entity_set, rows = _addressed(resource)
    asked = Collected(exchange.seen, entity_set, exchange.system_options)
    return asked.matching(rows).count()


def _addressed(resource: Resource) -> tuple[EntitySet, QuerySet[Any]]:
    if resource.set is None or resource.rows is None:
        raise not_found()
    return resource.set, resource.rows


def _check(given: Mapping[str, str], allowed: tuple[str, ...], exchange: Exchange) -> None:
    """Raises ODataError: 501 for an option that is later work, 400 for one that means nothing here."""
    for name, text in given.items():
        if name in _LATER:
            raise ODataError(501, "", f"Not implemented: the query option '${name}'.", f"${name}")
        if name == "schemaversion":
            _check_version(text, exchange)
        elif name not in (*allowed, "format"):
            raise ODataError(400, "", f"The query option '${name}' does not apply here.", f"${name}")


def _check_version(text: str, exchange: Exchange) -> None:
    version = exchange.service.schema_version
    if version is not None and text not in ("*", version):
        raise ODataError(404, "", f"There is no version '{text[:50]}' of the schema.", "$schemaversion")
