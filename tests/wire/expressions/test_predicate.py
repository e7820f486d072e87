from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings

from integrationhub.wire.expressions.linq import parse
from integrationhub.wire.expressions.predicate import compile_predicate, explain

from .payments import NOW, PAYMENT
from .strategies import FILTERS, ROWS

ROW = {
    "Status": "Open",
    "Name": " Åse ",
    "Urgent": True,
    "Approved": False,
    "Qty": 7,
    "Count": -7,
    "Amount": Decimal("100.50"),
    "Paid": Decimal("2.5"),
    "Rate": 2.5,
    "Score": 1e300,
    "DueOn": datetime(2024, 1, 31, 23, 30, 15, tzinfo=UTC),
    "CreatedOn": datetime(2024, 5, 1, 2, 0, tzinfo=timezone(timedelta(hours=3))),
    "Day": date(2024, 2, 4),
    "LastDay": date(9999, 12, 31),
    "Key": UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
    "State": "Open",
    "Lines": [{"Qty": 1, "Text": "a"}, {"Qty": 5}],
}


def matches(text: str, row: dict[str, object] = ROW) -> bool:
    return compile_predicate(parse(text, PAYMENT))(row, NOW)


@pytest.mark.parametrize(
    "text",
    [
        'Amount == 100.5 && Status == "Open" && Urgent && !Approved',
        'Status != "open" && Status < "a" && Status > "OPEN"',
        "DueOn < DateTime.UtcNow.AddDays(-30)",
        "DateTime.UtcNow == new DateTime(2024, 5, 31, 12, 30, 15, 250)",
        "DateTime.Today == new DateTime(2024, 5, 31)",
        # Int: truncates, keeps the sign of the dividend
        "Qty / 2 == 3 && Count / 2 == -3 && Qty % 4 == 3 && Count % 4 == -3 && Qty / -2 == -3",
        "Qty - 8 == -1 && Qty * 2 + 1 == 15 && -Qty == Count",
        # Decimal: exact, and Int widens to it
        "Amount / 3 == 33.5 && Amount * Paid == 251.25 && Amount % 3 == 1.5m && Amount > Qty",
        "0.1m + 0.2m == 0.3m && 1m / 3 == 0.3333333333333333333333333333m",
        # Double: binary
        "0.1 + 0.2 != 0.3 && Rate * 2 == 5 && Rate == (double)Paid && (decimal)Rate == Paid",
        "Math.Round(2.5m) == 2 && Math.Round(3.5m) == 4 && Math.Round(-2.5m) == -2",
        "Math.Round(1.005m, 2) == 1.00m && Math.Round(1.015m, 2) == 1.02m && Math.Round(Rate) == 2.0",
        "Math.Floor(-1.5m) == -2 && Math.Ceiling(-1.5m) == -1",
        "Math.Abs(Count) == 7 && Math.Abs(-1.5) == 1.5 && Math.Abs(-1.5m) == 1.5m",
        "Math.Floor(Qty) == 7 && (int)-1.9m == -1 && (int)Rate == 2 && (int)Amount == 100",
        # texts
        'Status.Contains("pe") && Status.StartsWith("Op") && Status.EndsWith("en") && Status.Contains("")',
        '!Status.Contains("PE") && Status.Length == 4',
        'Status.IndexOf("e") == 2 && Status.IndexOf("x") == -1',
        'Name.Trim() == "Åse" && Name.ToUpper() == " ÅSE " && Name.Trim().ToLower() == "åse"',
        'Status.Substring(1) == "pen" && Status.Substring(1, 2) == "pe" && Status.Substring(9, 1) == ""',
        'Status.Replace("p", "pp") == "Oppen" && Status.Replace("", "x") == "Open"',
        'Status + "!" == "Open!" && "ß".ToUpper() == "ß" && "İ".ToLower() == "İ"',
        'string.IsNullOrWhiteSpace(" \\t") && !string.IsNullOrEmpty(" ")',
        # moments
        "DueOn.AddMonths(1) == new DateTime(2024, 2, 29, 23, 30, 15)",
        "DueOn.AddMonths(-2).Day == 30 && DueOn.AddYears(1).Year == 2025 && DueOn.AddHours(1).Month == 2",
        "DueOn.AddDays(0.5).Hour == 11 && DueOn.AddMinutes(30).Minute == 0",
        "DueOn.AddSeconds(45).Second == 0",
        "DueOn.AddMilliseconds(1) > DueOn && DueOn.Date == new DateTime(2024, 1, 31)",
        "CreatedOn == new DateTime(2024, 4, 30, 23, 0, 0) && CreatedOn.Day == 30 && CreatedOn.Hour == 23",
        "Day.DayOfWeek == DayOfWeek.Sunday && Day.DayOfWeek == 0 && DueOn.DayOfWeek == DayOfWeek.Wednesday",
        "Day > DueOn && Day.Year == 2024 && Day == new DateTime(2024, 2, 4) && Day < LastDay",
        "(Day - DueOn).Days == 3 && (DueOn - Day).Days == -3 && (Day - DueOn).TotalHours > 72",
        "DueOn + TimeSpan.FromDays(1) == DueOn.AddDays(1) && DueOn - TimeSpan.FromHours(1.5) < DueOn",
        "TimeSpan.FromMinutes(90) == TimeSpan.FromSeconds(5400) && (DueOn - DueOn).TotalMinutes == 0.0",
        # null
        "OtherKey == null && Key != OtherKey && OtherKey == OtherKey",
        "(OtherKey == null ? 1 : 2) == 1 && (Status ?? Name) == Status",
        # lists, enumerations, collections
        'new[] {"Open", "Held"}.Contains(Status) && !new[] {1m, 2m}.Contains(Amount)',
        "new[] {1, 7}.Contains(Qty) && new[] {7, null}.Contains(Qty) && !new[] {}.Contains(Qty)",
        "new[] {100.5, 1}.Contains(Amount) && new[] {Qty, Count}.Contains(-7)",
        'State == State.Open && State != "Closed" && new[] {State.Open}.Contains(State)',
        "Lines.Any() && Lines.Count() == 2 && Lines.Count(l => l.Qty > 1) == 1 && Lines.All(l => l.Qty >= 1)",
        "Lines.Any(l => l.Text == null && l.Qty < Qty) && !Lines.Any(l => l.Qty > 5)",
        "x => x.Lines.All(l => x.Lines.Any(m => m.Qty >= l.Qty))",
    ],
)  # fmt: skip
def test_a_row_matches(text):
    assert matches(text)


NOTHING: dict[str, object] = {"Status": None}


@pytest.mark.parametrize(
    "text",
    [
        # equality is never unknown
        'Status == null && Status != "a" && !(Status == "a") && Status == Name',
        # an order with null is false, and so its opposite is true
        '!(Amount > 1) && !(Amount <= 1) && !(Amount > Paid) && !(Status < "a")',
        # a text method of null is false
        '!Status.Contains("a") && !Status.StartsWith("") && !"abc".EndsWith(Status)',
        'Status.Contains("a") == false && (Status.Contains("a") ? false : true)',
        # a null flag does not hold
        "!Urgent && Urgent == null && Urgent != false && (Urgent ? false : true)",
        "!(Urgent && Approved) && !(Urgent || Approved)",
        # null spreads through reckoning
        "Qty + 1 == null && -Qty == null && Status.Length == null && Status.ToLower() == null",
        "DueOn.AddDays(1) == null && DueOn.Year == null && (decimal)Qty == null && Math.Abs(Amount) == null",
        # but not through joining
        'Status + "a" == "a" && Status + Name == ""',
        "string.IsNullOrEmpty(Status) && string.IsNullOrWhiteSpace(Status)",
        'new[] {"a", null}.Contains(Status) && !new[] {"a"}.Contains(Status)',
        "!Lines.Any() && Lines.All(l => false) && Lines.Count() == 0",
        "!DueOn.HasValue && (Qty ?? 5) == 5",
    ],
)
def test_a_row_of_nulls_matches(text):
    assert matches(text, NOTHING)


@pytest.mark.parametrize(
    "nothing",
    [
        "Qty / 0",
        "Qty % 0",
        "Amount / 0",
        "Amount % 0m",
        "Rate / 0.0",
        "Rate % 0.0",
        "9223372036854775807 + Qty",
        "-9223372036854775808 / -1",
        "Math.Abs(-9223372036854775808)",
        "Score * Score",
        "(int)Score",
        "(decimal)Score",
        "Math.Round(Amount, 29)",
        "Status.Substring(-1)",
        "Status.Substring(0, -1)",
        "LastDay.AddDays(1)",
        "LastDay.AddMonths(1)",
        "DueOn.AddYears(9223372036854775807)",
        "DueOn.AddDays(9223372036854775807)",
        "DueOn.AddDays(1e300)",
        "(DueOn + TimeSpan.FromDays(999999999))",
        "(TimeSpan.FromDays(999999999) + TimeSpan.FromDays(1))",
        "-TimeSpan.FromDays(9999999999)",
    ],
)
def test_what_has_no_result_is_null(nothing):
    assert matches(f"{nothing} == null")


def test_a_clause_that_divides_by_zero_is_false_and_harms_no_other():
    assert not matches("100 / Qty > 1", {"Qty": 0})
    assert matches("100 / Qty > 1 || Qty == 0", {"Qty": 0})


def test_the_clock_is_the_one_that_is_passed():
    tree = parse("DueOn < DateTime.UtcNow.AddMonths(-1)", PAYMENT)
    judge = compile_predicate(tree)
    assert not judge(ROW, datetime(2024, 2, 29, tzinfo=UTC))
    assert judge(ROW, datetime(2024, 3, 1, tzinfo=UTC))
    # still 29 February in UTC
    assert not judge(ROW, datetime(2024, 3, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))))


def test_a_moment_before_all_years_in_utc_is_null():
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    assert matches("DueOn == null", {"DueOn": first})


def test_an_explanation_judges_each_clause_with_the_values_it_read():
    text = 'x => x.Amount > 100 && (x.Status == "Held" || x.Qty < 5) && x.OtherKey == null'
    clauses = explain(parse(text, PAYMENT), ROW, NOW)
    assert [(clause.source(text), clause.matched, clause.values) for clause in clauses] == [
        ("x.Amount > 100", True, {"Amount": Decimal("100.50")}),
        ('x.Status == "Held" || x.Qty < 5', False, {"Qty": 7, "Status": "Open"}),
        ("x.OtherKey == null", True, {"OtherKey": None}),
    ]


@settings(max_examples=40, deadline=None)
@given(FILTERS, ROWS)
def test_no_row_that_fits_the_schema_raises(text, row):
    assert compile_predicate(parse(text, PAYMENT))(row, NOW) in (True, False)
