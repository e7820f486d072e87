from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st

from integrationhub.wire.expressions.columns import Vendor, json_columns
from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.expressions.linq import parse
from integrationhub.wire.expressions.linq_text import unparse
from integrationhub.wire.expressions.predicate import Row, compile_predicate
from integrationhub.wire.expressions.sql import Split, split
from integrationhub.wire.expressions.tree import Expression, Node, NullAsFalse

from .payments import NOW, PAYMENT, StoredRow, row_table, store
from .strategies import FILTERS, ROWS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, scope="module")
def _table(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), row_table():
        yield


HERE = cast(Vendor, connection.vendor)


def divided(text: str, vendor: Vendor = HERE) -> Split:
    columns = json_columns("data", PAYMENT, vendor)
    return split(parse(text, PAYMENT), columns, vendor=vendor, now=NOW)


def found(tree: Expression, stored: list[Row]) -> set[int]:
    """The rows that the database and then the residual let through."""
    halves = split(tree, json_columns("data", PAYMENT, HERE), vendor=HERE, now=NOW)
    judge = compile_predicate(halves.residual) if halves.residual else lambda row, now: True
    kept = StoredRow.objects.filter(halves.condition or Q()).values_list("pk", flat=True)
    return {pk for pk in kept if judge(stored[pk], NOW)}


def expected(tree: Expression, stored: list[Row]) -> set[int]:
    judge = compile_predicate(tree)
    return {index for index, row in enumerate(stored) if judge(row, NOW)}


@settings(max_examples=70, deadline=None)
@given(FILTERS, st.lists(ROWS, min_size=1, max_size=8))
def test_the_database_and_the_residual_find_what_the_reference_finds(text, stored):
    tree = parse(text, PAYMENT)
    store(stored)
    assert found(tree, stored) == expected(tree, stored)


@settings(max_examples=70, deadline=None)
@given(FILTERS, st.lists(ROWS, min_size=1, max_size=8))
def test_conditions_of_three_values_agree_as_well(text, stored):
    tree = three_valued(parse(text, PAYMENT))
    store(stored)
    assert found(tree, stored) == expected(tree, stored)


def three_valued(node: Any) -> Any:
    """The tree without the nodes that turn null into false, as a front end without C#'s rules builds it."""
    if isinstance(node, NullAsFalse):
        return three_valued(node.operand)
    if isinstance(node, tuple):
        return tuple(three_valued(each) for each in node)
    if not isinstance(node, Node):
        return node
    parts = {
        part.name: three_valued(getattr(node, part.name)) for part in fields(node) if part.name != "span"
    }
    return replace(node, **parts)


EDGES: list[Row] = [
    {},
    {"Status": None, "Urgent": None, "Amount": None, "DueOn": None, "Lines": None},
    {
        "Status": "",
        "Name": "",
        "Urgent": False,
        "Approved": False,
        "Qty": 0,
        "Amount": Decimal(0),
        "Rate": 0.0,
    },
    {
        "Status": "Open",
        "Name": "open",
        "Urgent": True,
        "Approved": None,
        "Qty": 9,
        "Count": 10,
        "State": "Open",
    },
    {
        "Status": "open",
        "Name": "Open",
        "Urgent": None,
        "Approved": True,
        "Qty": 10,
        "Count": 9,
        "State": "Closed",
    },
    {"Status": "O%en", "Name": "O_", "Qty": -1, "Amount": Decimal(9), "Paid": Decimal(10)},
    {"Status": "ÅSE", "Name": "åse", "Amount": Decimal("100.5"), "Paid": Decimal("-100.5"), "Rate": 100.5},
    {
        "Status": "\u2003a\t",
        "Name": "a",
        "Amount": Decimal("0.1"),
        "Paid": Decimal("0.2"),
        "Rate": 0.1,
        "Score": 0.2,
    },
    {"Status": "\uffee", "Name": "😀", "Amount": Decimal(79228162514264337593543950335), "Rate": 1e300},
    {"Status": "a", "Name": "B", "Amount": Decimal("-0.0000000000000000000000000001"), "Rate": -5e-324},
    {"DueOn": NOW, "CreatedOn": NOW - timedelta(microseconds=1), "Day": NOW.date(), "LastDay": date.max},
    {"DueOn": NOW - timedelta(days=30), "CreatedOn": NOW, "Day": date(2024, 6, 1), "LastDay": date.min},
    {
        "DueOn": datetime.max.replace(tzinfo=UTC),
        "CreatedOn": datetime.min.replace(tzinfo=UTC),
        "Day": date.max,
    },
    {"Qty": 2**63 - 1, "Count": -(2**63), "Rate": 0.30000000000000004, "Score": 0.3},
    {"Key": UUID(int=7), "OtherKey": UUID(int=7), "Lines": [{"Qty": 3, "Text": "a"}]},
]

# Each of these the database decides alone, and some of the rows above match and others do not.
IN_THE_DATABASE = [
    'Status == "Open"',
    'Status != "Open"',
    'Status == Name || Status < "a"',
    'Status > "P" && Status >= Name',
    '!(Status < "a")',
    'Status.Contains("%") || Name.Contains("_")',
    'Status.StartsWith("O") && !Status.EndsWith("EN")',
    "Status.EndsWith(Name)",
    "Name.StartsWith(Status)",
    'Status.ToLower() == "open"',
    "Status.ToLower() == Name && Name.ToUpper() == Status",
    'Status.Trim() == "a" && Status.Length == 3',
    'Status.Substring(1).StartsWith("pen")',
    'Status.Substring(0, 1) == "O" && Status.IndexOf("e") > 1',
    'Status + Name == ""',
    "string.IsNullOrWhiteSpace(Status)",
    'new[] {"Open", "open"}.Contains(Status)',
    '!new[] {"Open", null}.Contains(Status)',
    "Urgent",
    "!Urgent && !(Approved ?? true)",
    "Urgent == Approved",
    "Urgent != null && (Urgent ? Qty > 1 : Qty < 1)",
    "Qty > 9 && Qty <= Count || Qty == -1",
    "Qty < 10.5m",
    "9 < Qty",
    "9 <= Qty",
    "9 > Qty",
    "9 >= Qty",
    "9 == Qty",
    "9 != Qty",
    "Amount > 9",
    "Amount > Paid",
    "!(Amount <= 100.50)",
    "new[] {9, 100.5}.Contains(Amount)",
    "(Amount ?? Paid ?? 1) == 1",
    "Amount < 0 && Amount > -0.000000000000000000000000001m",
    "Amount > Qty",
    "Rate > 0.3",
    "Rate == 0.1 || Score == 0.3",
    "Rate < 0",
    "DueOn < DateTime.UtcNow.AddDays(-29)",
    "DueOn == DateTime.UtcNow",
    "DueOn > CreatedOn",
    "DueOn.AddDays(30) == DateTime.UtcNow",
    "DueOn.AddHours(1) > DateTime.UtcNow",
    "CreatedOn.AddHours(-1) < DateTime.UtcNow",
    "CreatedOn - TimeSpan.FromDays(1) < DateTime.UtcNow",
    "DueOn.Date == DateTime.Today && DueOn.Year == 2024 && DueOn.Hour < 13",
    "Day < DateTime.UtcNow",
    "Day > DateTime.UtcNow",
    "Day == DateTime.Today",
    "!(Day != DateTime.Today)",
    "Day <= LastDay",
    "Day <= CreatedOn",
    "Day.Month == 5",
    "Key == OtherKey && Key != null",
    "State == State.Open",
    "State != State.Open",
]


@pytest.mark.parametrize("text", IN_THE_DATABASE)
def test_the_database_alone_finds_what_the_reference_finds(text):
    store(EDGES)
    tree = parse(text, PAYMENT)
    assert divided(text).residual is None
    assert found(tree, EDGES) == expected(tree, EDGES)
    assert 0 < len(expected(tree, EDGES)) < len(EDGES)


def test_only_exact_databases_reckon_with_decimals():
    text = "Amount + Paid * 2 > -Math.Floor(Amount)"
    assert divided(text, "postgresql").residual is None
    assert divided(text, "sqlite").condition is None


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"])
@pytest.mark.parametrize(
    "text",
    [
        "Lines.Any(l => l.Qty > 1)",
        "Lines.Count() == 0",
        "Qty + 1 > 1",
        "Rate * 2 > 1",
        "Amount / 3 > 1",
        "Math.Round(Amount) == 1",
        "DueOn.AddMonths(1) > DateTime.UtcNow",
        "DueOn.DayOfWeek == DayOfWeek.Monday",
        "(DateTime.UtcNow - DueOn).TotalDays > 1",
        "Status.Substring(Qty) == Name",
        "Status.Substring(-1) == null",
    ],
)
def test_what_is_not_proven_stays_with_the_reference(text, vendor):
    halves = divided(text, vendor)
    assert halves.condition is None
    assert halves.residual == parse(text, PAYMENT)


def test_each_clause_goes_where_it_can():
    halves = divided('Status == "Open" && Qty / 2 > 1 && Urgent && Lines.Any()')
    assert halves.residual is not None
    assert unparse(halves.residual) == "x => x.Qty / 2 > 1 && x.Lines.Any()"
    assert len(halves.condition or ()) == 2


def test_an_alternative_goes_as_a_whole():
    text = 'Status == "Open" || Qty / 2 > 1'
    assert divided(text).residual == parse(text, PAYMENT)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("DateTime.UtcNow > new DateTime(2024, 1, 1)", True),
        ("DateTime.UtcNow < new DateTime(2024, 1, 1)", False),
        ('"a" == null || 1 / 0 > 0', False),
        ("!(1 / 0 > 0)", True),
    ],
)
def test_a_clause_that_reads_no_row_holds_for_all_or_none(text, holds):
    store(EDGES)
    assert divided(text).residual is None
    assert len(found(parse(text, PAYMENT), EDGES)) == (len(EDGES) if holds else 0)


def test_a_property_without_a_column_stays_with_the_reference():
    halves = split(parse("Urgent && Approved", PAYMENT), {}, vendor="sqlite", now=NOW)
    assert halves == Split(None, parse("Urgent && Approved", PAYMENT))


def test_an_equality_leaves_the_column_bare_for_an_index():
    condition = divided('Status == "Open" && Amount > 1').condition
    assert "COALESCE" not in str(StoredRow.objects.filter(condition).query)


@pytest.mark.parametrize(
    "step",
    [
        "!({} && x.Approved)",
        "({} ? x.Approved : !x.Approved)",
        "({} ?? x.Approved)",
        "(x.Approved || (x.Approved && {}))",
        "({} == x.Approved)",
        "x.Name.EndsWith({} ? x.Name : x.Status)",
        '(x.Name.ToLower().ToUpper().ToLower().Trim() == "a" ? {} : x.Approved)',
    ],
)
def test_no_depth_is_too_much_for_the_database(step):
    store(EDGES)
    text = "x.Urgent"
    for _ in range(14):
        text = step.format(text)
        try:
            tree = parse(f"x => {text}", PAYMENT)
        except ExpressionError:
            break
        assert found(tree, EDGES) == expected(tree, EDGES)


@pytest.mark.parametrize("text", [*IN_THE_DATABASE, "Amount + Paid > 1"])
def test_data_of_another_type_fails_no_query(text):
    StoredRow.objects.bulk_create(
        StoredRow(id=index, data=dict.fromkeys(PAYMENT.names, value))
        for index, value in enumerate(
            ["text", "12-3", "1e5", "NaN", "2024-99-99T99:99:99.000000Z", 5, 5.5, True, [], {}]
        )
    )
    condition = divided(text).condition or Q()
    assert StoredRow.objects.filter(condition).count() <= 10
