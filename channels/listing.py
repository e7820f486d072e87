"""Which channels a list shows, and in what order."""

import json
from datetime import datetime
from typing import Any, cast

from django.db import connection
from django.db.models import F, QuerySet

from channels.members import COLUMNS, FILTERS, ORDERED
from channels.models import IntegrationPoint
from integrationhub.wire.era.filters import FilterError
from integrationhub.wire.expressions.columns import Vendor
from integrationhub.wire.expressions.model_columns import model_columns
from integrationhub.wire.expressions.sql import split
from integrations.errors import Refused
from integrations.models.keys import by_bytes

_MOST_ORDERS = 10
_TEXTS = {"CharField", "TextField"}

Points = QuerySet[IntegrationPoint]


def filtered(points: Points, text: str, *, now: datetime) -> Points:
    """Raises Refused for a filter that cannot be read, or is too long for the database."""
    vendor = cast(Vendor, connection.vendor)
    try:
        expression = FILTERS.read(text)
    except FilterError as error:
        raise Refused(str(error), field="filter") from None
    parts = split(expression, model_columns(FILTERS.schema, COLUMNS, vendor), vendor=vendor, now=now)
    if parts.residual is not None:
        raise Refused("The filter is too long.", field="filter")
    return points if parts.condition is None else points.filter(parts.condition)


def ordered(points: Points, text: str) -> Points:
    """`code`, or JSON: `["code", {"ext.lwt": "desc"}]`. Raises Refused."""
    terms = [_term(name, descending) for name, descending in _read_order(text)]
    return points.order_by(*terms, "pk")


def _read_order(text: str) -> list[tuple[str, bool]]:
    if not text.lstrip().startswith(("[", "{", '"')):
        return [(name.strip(), False) for name in text.split(",")]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("The order is not JSON.", field="order") from None
    parts = value if isinstance(value, list) else [value]
    if len(parts) > _MOST_ORDERS:
        raise Refused(f"An order names at most {_MOST_ORDERS} fields.", field="order")
    return [pair for part in parts for pair in _read_part(part)]


def _read_part(part: Any) -> list[tuple[str, bool]]:
    if isinstance(part, str):
        return [(part, False)]
    if isinstance(part, dict) and all(way in ("asc", "desc") for way in part.values()):
        return [(name, way == "desc") for name, way in part.items()]
    raise Refused('An order is a list of names and of objects such as {"code": "desc"}.', field="order")


def _term(name: str, descending: bool) -> Any:
    if name not in ORDERED:
        raise Refused(f"{name[:100]!a} is no field that can be ordered by.", field="order")
    column = ORDERED[name]
    is_text = COLUMNS[column].get_internal_type() in _TEXTS
    # Both databases in the order of code points: PostgreSQL's own is that of a language.
    term = by_bytes(F(column)) if is_text else F(column)
    return term.desc() if descending else term.asc()
