"""A small business schema, and a table of its rows that lives as long as one test."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, models

from integrationhub.wire.expressions.schema import Property, Schema
from integrationhub.wire.expressions.types import Collection, Enumeration, Scalar

STATE = Enumeration("State", ("Open", "Closed"))
LINE = Schema("Line", (Property("Qty", Scalar.INT), Property("Text", Scalar.STRING)))
PAYMENT = Schema(
    "Payment",
    (
        Property("Status", Scalar.STRING),
        Property("Name", Scalar.STRING),
        Property("Urgent", Scalar.BOOLEAN),
        Property("Approved", Scalar.BOOLEAN),
        Property("Qty", Scalar.INT),
        Property("Count", Scalar.INT),
        Property("Amount", Scalar.DECIMAL),
        Property("Paid", Scalar.DECIMAL),
        Property("Rate", Scalar.DOUBLE),
        Property("Score", Scalar.DOUBLE),
        Property("DueOn", Scalar.DATETIME),
        Property("CreatedOn", Scalar.DATETIME),
        Property("Day", Scalar.DATE),
        Property("LastDay", Scalar.DATE),
        Property("Key", Scalar.GUID),
        Property("OtherKey", Scalar.GUID),
        Property("State", STATE),
        Property("Lines", Collection(LINE)),
    ),
)
NOW = datetime(2024, 5, 31, 12, 30, 15, 250_000, tzinfo=UTC)

Row = Mapping[str, object]


class StoredRow(models.Model):
    """Declared for the table that `stored` makes; belongs to no app."""

    data = models.JSONField()

    objects: "models.Manager[StoredRow]" = models.Manager()

    class Meta:
        app_label = "expression_tests"
        db_table = "expression_row"
        managed = False

    def __str__(self) -> str:
        return str(self.data)


@contextmanager
def row_table() -> Iterator[None]:
    kind = "jsonb" if connection.vendor == "postgresql" else "text"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE expression_row (id integer PRIMARY KEY, data {kind})")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE expression_row")


def store(rows: Iterable[Row]) -> None:
    """Replace the table's rows; the first has the id 0."""
    StoredRow.objects.all().delete()
    StoredRow.objects.bulk_create(
        StoredRow(id=index, data={name: canonical(value) for name, value in row.items()})
        for index, row in enumerate(rows)
    )


def canonical(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case UUID():
            return str(value)
        case list():
            return [{name: canonical(part) for name, part in item.items()} for item in value]
    return value
