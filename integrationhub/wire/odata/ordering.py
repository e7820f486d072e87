"""`$orderby`, and the place of a row in that order.

Nulls come first, as OData has them; texts are in the order of their code points; the key decides last, so
that every order is total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.db.models import BooleanField, Q, TextField
from django.db.models.expressions import OrderBy

from integrationhub.wire.expressions.columns import Column
from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.facts import never_null, reads_rows
from integrationhub.wire.expressions.sql_operators import collation
from integrationhub.wire.expressions.sql_template import Template
from integrationhub.wire.expressions.tree import (
    And,
    Compare,
    Comparison,
    Expression,
    Literal,
    Member,
    Or,
    Span,
)
from integrationhub.wire.expressions.types import Enumeration, Scalar

from .binding import Binder
from .conditions import Query
from .joining import joined
from .parsing import parse
from .refusals import UnsupportedError
from .splitting import split
from .syntax import Part, Path

_NOWHERE = Span(0, 0)


@dataclass(frozen=True)
class OrderItem:
    """One value to order by: in the tree, and in SQL."""

    expression: Expression
    descending: bool
    may_be_null: bool
    column: Column
    collated: Any
    """The column's SQL with the collation of the order."""

    def order_by(self) -> OrderBy:
        nulls_first = True if self.may_be_null and not self.descending else None
        nulls_last = True if self.may_be_null and self.descending else None
        return OrderBy(
            self.collated, descending=self.descending, nulls_first=nulls_first, nulls_last=nulls_last
        )


def order(query: Query, binder: Binder, text: str) -> list[OrderItem]:
    """The items of `$orderby`, and the key. Raises ExpressionError."""
    pieces = [piece for piece in split(text, ",") if piece.name] if text.strip() else []
    limit = binder.limits.order_items
    if len(pieces) > limit:
        raise ExpressionError(f"an order has at most {limit} items", 0)
    items = [_item(query, binder, piece) for piece in pieces]
    named = {each.expression for each in items}
    key = _key(query, binder, descending=bool(items) and items[-1].descending)
    return [*items, *(each for each in key if each.expression not in named)]


def _item(query: Query, binder: Binder, piece: Part) -> OrderItem:
    text, descending = piece.name, False
    head, _, direction = text.rpartition(" ")
    if head and direction.lower() in ("asc", "desc"):
        text, descending = head, direction.lower() == "desc"
    try:
        return _ordered(query, _property(binder.bind(parse(text, binder.limits))), descending)
    except ExpressionError as error:
        raise type(error)(error.message, error.position + piece.start) from None


def _property(expression: Expression) -> Expression:
    if not reads_rows(expression):
        raise ExpressionError("an order names a property", 0)
    return expression


def _key(query: Query, binder: Binder, *, descending: bool) -> list[OrderItem]:
    """The way that the item before it runs: so that an index of both serves either way."""
    keys = query.set.type.keys
    paths = [Path(start=0, end=0, parts=(Part(each.name, 0),)) for each in keys]
    return [_ordered(query, binder.bind(path), descending) for path in paths]


def _ordered(query: Query, expression: Expression, descending: bool) -> OrderItem:
    if isinstance(expression.type, Enumeration):
        raise UnsupportedError("ordering by an enumeration is not implemented", expression.span.start)
    column = query.term(expression)
    suffix = collation(query.seen.vendor, column.encode, "<")
    collated: Any = column.expression
    if suffix.strip() not in ("", "COLLATE BINARY"):
        collated = Template("{0}" + suffix, column.expression, output_field=TextField())
    return OrderItem(expression, descending, _may_be_null(query, expression), column, collated)


def _may_be_null(query: Query, expression: Expression) -> bool:
    if isinstance(expression, Member) and "/" not in expression.name:
        found = query.set.type.property(expression.name)
        if found and found.source and "__" not in found.source:
            field: Any = query.seen.model(query.set)._meta
            own = field.pk if found.source == "pk" else field.get_field(found.source)
            return bool(own.null)
    return not never_null(expression)


def after(query: Query, items: Sequence[OrderItem], values: Sequence[Any]) -> Q:
    """What is true of the rows behind the one that has these values."""
    together = _together(items)
    if together == len(items):
        return Q(_beyond(items, values, or_there=False))
    place = query.condition(_place(items, values))
    return Q(_beyond(items[:together], values, or_there=True)) & place if together else place


def _together(items: Sequence[OrderItem]) -> int:
    """How many of the first items run the same way and have no nulls: an index can begin behind them."""
    alike = takewhile(lambda each: not each.may_be_null and each.descending == items[0].descending, items)
    return len(list(alike))


def _beyond(items: Sequence[OrderItem], values: Sequence[Any], *, or_there: bool) -> Template:
    """These items as one, compared with their values as one."""
    count = len(items)
    columns, constants = _holes(range(count)), _holes(range(count, 2 * count))
    sign = ("<" if items[0].descending else ">") + ("=" if or_there else "")
    return Template(
        f"(({columns}) {sign} ({constants}))",
        *(each.collated for each in items),
        *(each.column.encode(value) for each, value in zip(items, values, strict=False)),
        output_field=BooleanField(),
    )


def _holes(numbers: range) -> str:
    return ", ".join(f"{{{number}}}" for number in numbers)


def _place(items: Sequence[OrderItem], values: Sequence[Any]) -> Expression:
    beyond: list[Expression] = []
    for index, item in enumerate(items):
        equal = [_compare(each, Comparison.EQUAL, value) for each, value in zip(items, values, strict=True)]
        if (further := _further(item, values[index])) is not None:
            beyond.append(joined(And, [*equal[:index], further]))
    return joined(Or, beyond) if beyond else Literal(value=False, type=Scalar.BOOLEAN, span=_NOWHERE)


def _further(item: OrderItem, value: Any) -> Expression | None:
    if value is None:
        return None if item.descending else _compare(item, Comparison.NOT_EQUAL, None)
    if not item.descending:
        return _compare(item, Comparison.GREATER, value)
    less = _compare(item, Comparison.LESS, value)
    return joined(Or, [less, _compare(item, Comparison.EQUAL, None)]) if item.may_be_null else less


def _compare(item: OrderItem, operator: Comparison, value: Any) -> Expression:
    kind = item.expression.type if value is not None else Scalar.NULL
    literal = Literal(value=value, type=kind, span=_NOWHERE)  # type: ignore[arg-type]
    return Compare(operator=operator, left=item.expression, right=literal, span=_NOWHERE)
