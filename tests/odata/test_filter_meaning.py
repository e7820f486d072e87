"""What a filter selects in the database is what OASIS says it means."""

import random
from collections import defaultdict

import pytest
from hypothesis import given

from integrationhub.wire.odata.collecting import Collected
from integrationhub.wire.odata.errors import ODataError
from integrationhub.wire.odata.perspective import Perspective
from tests.odata import expressions
from tests.odata.northwind.models import Product, Tag
from tests.odata.northwind.service import PRODUCTS, SERVICE
from tests.odata.northwind.stock import fill, scatter

COLUMNS = {each.name: each.source for each in PRODUCTS.type.properties if each.source}


def rows_of(shop):
    tags = defaultdict(list)
    for tag in Tag.objects.filter(shop=shop).prefetch_related("products"):
        for product in tag.products.all():
            tags[product.pk].append({"Word": tag.word})
    return [
        {
            **{name: getattr(product, source) for name, source in COLUMNS.items()},
            "Bits": product.features,
            "Category": product.category and {"CategoryName": product.category.name},
            "Tags": tags[product.pk],
        }
        for product in Product.objects.filter(shop=shop).select_related("category")
    ]


def selected(text):
    """The keys of the rows; None for a documented 501."""
    seen = Perspective(SERVICE, "north", expressions.NOW)
    asked = Collected(seen, PRODUCTS, {"filter": text})
    try:
        matching = asked.matching(Product.objects.filter(shop="north"))
    except ODataError as error:
        if error.status == 501:
            return None
        raise
    return set(matching.values_list("pk", flat=True))


@pytest.mark.django_db
def test_the_database_selects_the_rows_that_the_text_means():
    fill("north", products=200)
    seed = random.getrandbits(32)
    scatter("north", random.Random(seed))  # noqa: S311
    rows = rows_of("north")
    answered = 0

    @given(expressions.conditions)
    def check(sample):
        nonlocal answered
        found = selected(sample.text)
        if found is None:
            return
        answered += 1
        assert found == {row["ProductID"] for row in rows if sample.meaning(row) is True}, (
            sample.text,
            seed,
        )

    check()
    assert answered > 0
