from collections.abc import Iterator

import pytest
from django.db import connection, models
from hypothesis import given, settings
from hypothesis import strategies as st

from integrationhub.wire.expressions.linq import parse
from integrationhub.wire.expressions.model_columns import model_columns
from integrationhub.wire.expressions.predicate import compile_predicate
from integrationhub.wire.expressions.schema import Property, Schema
from integrationhub.wire.expressions.sql import split
from integrationhub.wire.expressions.types import Scalar

from .payments import NOW
from .strategies import rows

pytestmark = pytest.mark.django_db


class Bill(models.Model):
    """Declared for a table that lives as long as this module; belongs to no app."""

    status = models.CharField(max_length=8, null=True)
    urgent = models.BooleanField(null=True)
    qty = models.BigIntegerField(null=True)
    amount = models.DecimalField(max_digits=60, decimal_places=28, null=True)
    rate = models.FloatField(null=True)
    due_on = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    key = models.UUIDField(null=True)
    folded = models.CharField(max_length=8, null=True, db_collation="nocase")

    class Meta:
        app_label = "expression_tests"
        managed = False

    def __str__(self) -> str:
        return str(self.pk)


FIELDS = {
    name: Bill._meta.get_field(field)
    for name, field in {
        "Status": "status",
        "Urgent": "urgent",
        "Qty": "qty",
        "Amount": "amount",
        "Rate": "rate",
        "DueOn": "due_on",
        "Day": "day",
        "Key": "key",
    }.items()
}
BILL = Schema(
    "Bill",
    (
        Property("Status", Scalar.STRING),
        Property("Urgent", Scalar.BOOLEAN),
        Property("Qty", Scalar.INT),
        Property("Amount", Scalar.DECIMAL),
        Property("Rate", Scalar.DOUBLE),
        Property("DueOn", Scalar.DATETIME),
        Property("Day", Scalar.DATE),
        Property("Key", Scalar.GUID),
    ),
)


@pytest.fixture(autouse=True, scope="module")
def _table(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    columns = ", ".join(f"{each.column} {each.db_type(connection)}" for each in Bill._meta.concrete_fields)
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {Bill._meta.db_table} ({columns})")
        yield
        cursor.execute(f"DROP TABLE {Bill._meta.db_table}")


@pytest.mark.parametrize(
    "text",
    [
        'Status == "a" || Status > "Z" && !Status.StartsWith("b")',
        'Status != "a" && !(Status ?? "").ToLower().Contains("b")',
        "Urgent && Qty < 5 || !Urgent && Qty == 0",
        "Rate > 0.2 || Rate == -1",
        "DueOn < DateTime.UtcNow.AddDays(-1) || DueOn == null",
        "!(DueOn.AddDays(2) > DateTime.UtcNow)",
        "Day > DateTime.UtcNow || Day == DateTime.Today.AddDays(1)",
        'new[] {new Guid("00000000-0000-0000-0000-000000000000"), null}.Contains(Key)',
        "(Urgent ? Day : Day) != new DateTime(2024, 5, 31)",
    ],
)
@settings(max_examples=8, deadline=None)
@given(stored=st.lists(rows(BILL), min_size=6, max_size=12))
def test_a_models_fields_answer_as_the_reference_does(text, stored):
    tree = parse(text, BILL)
    halves = split(tree, model_columns(BILL, FIELDS, connection.vendor), vendor=connection.vendor, now=NOW)
    judge = compile_predicate(tree)
    Bill.objects.all().delete()
    Bill.objects.bulk_create(
        Bill(id=index, **{FIELDS[name].name: value for name, value in row.items()})
        for index, row in enumerate(stored)
    )
    assert halves.residual is None
    assert set(Bill.objects.filter(halves.condition).values_list("pk", flat=True)) == {
        index for index, row in enumerate(stored) if judge(row, NOW)
    }


def test_a_decimal_field_is_exact_where_the_database_is():
    assert "Amount" in model_columns(BILL, FIELDS, "postgresql")
    assert "Amount" not in model_columns(BILL, FIELDS, "sqlite")


def test_a_field_that_does_not_fit_its_property_has_no_column():
    wrong = {"Status": FIELDS["Qty"], "Qty": FIELDS["Status"], "Day": FIELDS["DueOn"]}
    assert model_columns(BILL, wrong, "postgresql") == {}
    folded = {"Status": Bill._meta.get_field("folded")}
    assert model_columns(BILL, folded, "postgresql") == {}
