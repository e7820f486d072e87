"""The database answers the rarer functions as the reference does, for rows with and without nulls."""

import pytest
from django.utils import timezone

from integrationhub.wire.expressions.predicate import compile_predicate
from tests.odata.northwind.models import Product
from tests.odata.northwind.stock import START, fill
from tests.odata.test_filter_meaning import rows_of, selected
from tests.odata.test_parsing import bound

TEXTS = [
    "time(UpdatedOn) gt 11:30",
    "time(UpdatedOn) eq 12:00:00.25 or time(UpdatedOn) eq null",
    "not (time(UpdatedOn) le '12:00')",
    "fractionalseconds(UpdatedOn) gt 0.1 and fractionalseconds(UpdatedOn) lt 0.3",
    "fractionalseconds(UpdatedOn) eq 0.25",
    "fractionalseconds(UpdatedOn) ne 0",
    "totaloffsetminutes(UpdatedOn) eq 0",
    "totaloffsetminutes(UpdatedOn) ne 0",
    "substring(ProductName,-3) ge 'b'",
    "substring(ProductName,-3,2) ne substring(ProductName,-99,2)",
    "length(substring(ProductName,-100)) eq length(ProductName)",
    "case(UnitsInStock gt 5:'many',UnitPrice gt 3:'dear') eq 'many'",
    "case(UnitsInStock gt 5:1,UnitPrice gt 3:2) eq null",
    "case(Weight gt 1:UnitsInStock,true:length(ProductName)) gt 4",
    "case(Discontinued:true,Weight gt 1:false) ne false",
    "matchesPattern(ProductName,'^[A-M].*[aeiou]')",
    "not matchesPattern(ProductName,'a|e|ü')",
    "isof(Weight,Edm.Double) and not isof(ProductName,Edm.Int32)",
    "not isof(UpdatedOn,Edm.DateTimeOffset)",
]


@pytest.mark.django_db
def test_the_database_answers_as_the_reference_does():
    fill("north", products=12)
    first = Product.objects.filter(shop="north").earliest("pk")
    Product.objects.filter(pk=first.pk).update(
        updated_on=START.replace(hour=12, minute=0, second=0, microsecond=250_000)
    )
    rows, now = rows_of("north"), timezone.now()
    some = 0
    for text in TEXTS:
        holds = compile_predicate(bound(text))
        meant = {row["ProductID"] for row in rows if holds(row, now)}
        assert selected(text) == meant, text
        some += 0 < len(meant) < len(rows)
    assert some > 10
