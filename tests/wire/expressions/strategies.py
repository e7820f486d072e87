"""Random rows, and random filters over them that parse."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st

from integrationhub.wire.expressions.schema import Schema
from integrationhub.wire.expressions.types import Collection, Enumeration, Scalar, ValueType

from .payments import NOW, PAYMENT, STATE

STRING, BOOLEAN, INT, DECIMAL = Scalar.STRING, Scalar.BOOLEAN, Scalar.INT, Scalar.DECIMAL
DOUBLE, DATETIME, DATE, GUID = Scalar.DOUBLE, Scalar.DATETIME, Scalar.DATE, Scalar.GUID
DURATION = Scalar.DURATION

# Few letters, so that texts meet; some of them cases, collations and encodings treat apart.
WORDS = st.text(alphabet="aAbBzZßÅåéK😀%_\\\"' \t\u2003", max_size=4)
VALUES: Mapping[Scalar, st.SearchStrategy[Any]] = {
    STRING: WORDS,
    BOOLEAN: st.booleans(),
    INT: st.one_of(st.integers(-5, 30), st.sampled_from([2**63 - 1, -(2**63), 2**53 + 1])),
    DECIMAL: st.one_of(
        st.integers(-5, 30).map(Decimal),
        st.decimals(-20, 200, places=2),
        st.decimals(-(10**20), 10**20, places=1),
        st.sampled_from([Decimal("2.5"), Decimal("0.0000000000000000000000000001"), Decimal(10**28)]),
    ).map(lambda value: Decimal(0) if value == 0 else value),
    DOUBLE: st.one_of(
        st.integers(-5, 30).map(float),
        st.floats(allow_nan=False, allow_infinity=False).map(lambda value: value + 0.0),
        st.sampled_from([0.1, 0.2, 0.30000000000000004, 2.5, 1e300]),
    ),
    DATETIME: st.one_of(
        st.integers(-200, 200).map(lambda days: NOW + days * timedelta(hours=20)),
        st.datetimes(timezones=st.just(UTC)),
        st.sampled_from([NOW, NOW.replace(hour=0, minute=0, second=0, microsecond=0)]),
    ),
    DATE: st.one_of(st.dates(date(2024, 5, 1), date(2024, 6, 30)), st.dates()),
    GUID: st.uuids(),
}


def values(kind: ValueType) -> st.SearchStrategy[Any]:
    match kind:
        case Enumeration():
            return st.sampled_from(kind.members)
        case Collection():
            return st.lists(rows(kind.element), max_size=3)
        case _:
            return VALUES[kind]


def rows(schema: Schema) -> st.SearchStrategy[dict[str, object]]:
    """Rows with nulls, and with names left out."""
    return st.fixed_dictionaries(
        {}, optional={each.name: st.none() | values(each.type) for each in schema.properties}
    )


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def moment(value: datetime) -> str:
    parts = (value.year, value.month, value.day, value.hour, value.minute, value.second)
    milliseconds, microseconds = divmod(value.microsecond, 1000)
    return f"new DateTime({', '.join(map(str, (*parts, milliseconds, microseconds)))})"


LITERALS: Mapping[ValueType, st.SearchStrategy[str]] = {
    STRING: WORDS.map(quoted),
    BOOLEAN: st.sampled_from(["true", "false"]),
    INT: VALUES[INT].map(str),
    DECIMAL: VALUES[DECIMAL].map(lambda value: f"{value:f}m"),
    DOUBLE: VALUES[DOUBLE].map(lambda value: f"{value!r}d"),
    DATETIME: VALUES[DATETIME].map(moment) | st.sampled_from(["DateTime.UtcNow", "DateTime.Today"]),
    DATE: st.sampled_from(["x.Day", "x.LastDay"]),
    DURATION: st.integers(-400, 400).map("TimeSpan.FromDays({})".format),
    GUID: st.uuids().map('new Guid("{}")'.format),
    STATE: st.sampled_from(["State.Open", "State.Closed"]),
}

# How an expression of a type is made of others: a template, and the types of its holes.
SHAPES: Mapping[ValueType, list[tuple[str, tuple[ValueType, ...]]]] = {
    STRING: [
        ("({} + {})", (STRING, STRING)),
        ("{}.ToLower()", (STRING,)),
        ("{}.ToUpper()", (STRING,)),
        ("{}.Trim()", (STRING,)),
        ("{}.Substring({}, 2)", (STRING, INT)),
        ("{}.Substring(1)", (STRING,)),
        ("{}.Replace({}, {})", (STRING, STRING, STRING)),
        ("({} ?? {})", (STRING, STRING)),
        ("({} ? {} : {})", (BOOLEAN, STRING, STRING)),
    ],
    INT: [
        ("({} + {})", (INT, INT)),
        ("({} * {})", (INT, INT)),
        ("({} / {})", (INT, INT)),
        ("({} % {})", (INT, INT)),
        ("{}.Length", (STRING,)),
        ("{}.IndexOf({})", (STRING, STRING)),
        ("{}.Year", (DATETIME,)),
        ("{}.Month", (DATE,)),
        ("{}.Hour", (DATETIME,)),
        ("{}.DayOfWeek", (DATETIME,)),
        ("-{}", (INT,)),
        ("Math.Abs({})", (INT,)),
        ("(int)({} + x.Paid)", (DECIMAL,)),
        ("x.Lines.Count(y => y.Qty < 3)", ()),
        ("({} ?? {})", (INT, INT)),
        ("({} ? {} : {})", (BOOLEAN, INT, INT)),
    ],
    DECIMAL: [
        ("({} + {})", (DECIMAL, DECIMAL)),
        ("({} - {})", (DECIMAL, INT)),
        ("({} * {})", (DECIMAL, DECIMAL)),
        ("({} / {})", (DECIMAL, DECIMAL)),
        ("({} % {})", (DECIMAL, DECIMAL)),
        ("-{}", (DECIMAL,)),
        ("Math.Abs({})", (DECIMAL,)),
        ("Math.Round({})", (DECIMAL,)),
        ("Math.Round({}, 1)", (DECIMAL,)),
        ("Math.Floor({})", (DECIMAL,)),
        ("Math.Ceiling({})", (DECIMAL,)),
        ("(decimal){}", (INT,)),
        ("(decimal)({} + x.Score)", (DOUBLE,)),
        ("({} ?? {})", (DECIMAL, DECIMAL)),
        ("({} ? {} : {})", (BOOLEAN, DECIMAL, DECIMAL)),
    ],
    DOUBLE: [
        ("({} + {})", (DOUBLE, DOUBLE)),
        ("({} * {})", (DOUBLE, DOUBLE)),
        ("({} / {})", (DOUBLE, DOUBLE)),
        ("({} % {})", (DOUBLE, DOUBLE)),
        ("Math.Round({}, 2)", (DOUBLE,)),
        ("Math.Floor({})", (DOUBLE,)),
        ("(double){}", (DECIMAL,)),
        ("{}.TotalDays", (DURATION,)),
    ],
    DATETIME: [
        ("{}.AddDays({})", (DATETIME, INT)),
        ("{}.AddDays({})", (DATETIME, DOUBLE)),
        ("{}.AddMonths({})", (DATETIME, INT)),
        ("{}.AddYears(-1)", (DATETIME,)),
        ("{}.AddHours(-36)", (DATETIME,)),
        ("{}.Date", (DATETIME,)),
        ("{}.Date", (DATE,)),
        ("({} - {})", (DATETIME, DURATION)),
        ("({} ?? {})", (DATETIME, DATETIME)),
        ("({} ? {} : {})", (BOOLEAN, DATETIME, DATE)),
    ],
    DATE: [],
    DURATION: [("({} - {})", (DATETIME, DATETIME)), ("({} + {})", (DURATION, DURATION))],
    GUID: [],
    STATE: [],
    BOOLEAN: [
        ("({} && {})", (BOOLEAN, BOOLEAN)),
        ("({} || {})", (BOOLEAN, BOOLEAN)),
        ("!{}", (BOOLEAN,)),
        ("!({} || {})", (BOOLEAN, BOOLEAN)),
        ("{}.Contains({})", (STRING, STRING)),
        ("{}.StartsWith({})", (STRING, STRING)),
        ("{}.EndsWith({})", (STRING, STRING)),
        ("string.IsNullOrEmpty({})", (STRING,)),
        ("string.IsNullOrWhiteSpace({})", (STRING,)),
        ("new[] {{{}, {}, null}}.Contains({})", (STRING, STRING, STRING)),
        ("new[] {{{}, {}}}.Contains({})", (DECIMAL, INT, DECIMAL)),
        ("new[] {{{}}}.Contains({})", (STATE, STATE)),
        ("x.Lines.Any(y => y.Text == x.Name || x.Lines.All(z => z.Qty <= y.Qty))", ()),
        ("({} ?? {})", (BOOLEAN, BOOLEAN)),
        ("({} ? {} : {})", (BOOLEAN, BOOLEAN, BOOLEAN)),
        *((f"({{}} {sign} {{}})", (BOOLEAN, BOOLEAN)) for sign in ("==", "!=")),
        *((f"({{}} {sign} {{}})", (GUID, GUID)) for sign in ("==", "!=")),
        *((f"({{}} {sign} {{}})", (STATE, STATE)) for sign in ("==", "!=")),
        *((f"({{}} {sign} null)", (kind,)) for kind in (STRING, INT, DECIMAL, DATE) for sign in ("==", "!=")),
        *(
            (f"({{}} {sign} {{}})", pair)
            for sign in ("==", "!=", "<", "<=", ">", ">=")
            for pair in (
                (STRING, STRING),
                (INT, INT),
                (DECIMAL, INT),
                (DECIMAL, DECIMAL),
                (DOUBLE, DOUBLE),
                (DATETIME, DATETIME),
                (DATE, DATETIME),
                (DATE, DATE),
                (DURATION, DURATION),
            )
        ),
    ],
}


def members(kind: ValueType) -> list[str]:
    return [f"x.{each.name}" for each in PAYMENT.properties if each.type == kind]


# Made once: to build a strategy takes longer than to draw from it.
LEAVES = {
    kind: st.one_of(st.sampled_from(members(kind)), LITERALS[kind]) if members(kind) else LITERALS[kind]
    for kind in SHAPES
}
CHOICES = {kind: st.sampled_from(shapes) for kind, shapes in SHAPES.items() if shapes}


@cache
def texts(kind: ValueType, depth: int) -> st.SearchStrategy[str]:
    """Texts of a type, nested at most so deep; half of what is no condition is a leaf."""
    if depth == 0 or kind not in CHOICES:
        return LEAVES[kind]
    nested = CHOICES[kind].flatmap(lambda shape: filled(*shape, depth - 1))
    return nested if kind is BOOLEAN else LEAVES[kind] | nested


@cache
def filled(template: str, holes: tuple[ValueType, ...], depth: int) -> st.SearchStrategy[str]:
    return st.tuples(*(texts(hole, depth) for hole in holes)).map(lambda parts: template.format(*parts))


FILTERS = st.lists(texts(BOOLEAN, 3), min_size=1, max_size=3).map(
    lambda clauses: f"x => {' && '.join(clauses)}"
)
ROWS = rows(PAYMENT)
