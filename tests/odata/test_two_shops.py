"""Every hop of a path, a filter, an order, a lambda and an expand reaches the rows of one shop alone."""

import json

import pytest

from tests.odata.conftest import Caller
from tests.odata.northwind.models import Category, Order, OrderLine, Product, Supplier, Tag

SECRET = "Secret of the south"


@pytest.fixture
def entangled(shop):
    """A product of the north all of whose relations lead into the south."""
    category = Category.objects.create(shop="south", name=SECRET)
    supplier = Supplier.objects.create(shop="south", company=SECRET, city=SECRET)
    product = Product.objects.create(shop="north", name="Tea", category=category, supplier=supplier)
    product.tags.add(Tag.objects.create(shop="south", word=SECRET))
    order = Order.objects.create(shop="south", ordered_on="2024-01-01T00:00:00Z")
    OrderLine.objects.create(shop="south", order=order, line=1, product=product, quantity=1)
    Product.objects.create(shop="south", name=SECRET, category=category)
    return product


def test_nothing_of_another_shop_is_shown(shop, entangled):
    paths = [
        "Products?$expand=*",
        "Products?$expand=Category($expand=Products),Tags($expand=Products;$count=true)",
        "Categories",
        "Tags?$expand=Products",
        "OrderLines?$expand=*",
        "Products?$search=secret",
        "Products/InStock()",
        f"Products({entangled.pk})/Tags",
        f"Products({entangled.pk})/Lines",
    ]
    for path in paths:
        response = shop.get(path)
        assert response.status_code == 200, path
        assert SECRET.encode() not in response.content, path
    [row] = shop.value("Products?$expand=Category,Tags($count=true)")
    assert (row["Category"], row["Tags"], row["Tags@odata.count"]) == (None, [], 0)


@pytest.mark.parametrize(
    "condition",
    [
        f"Category/CategoryName eq '{SECRET}'",
        "Category ne null",
        "contains(Supplier/Address/City,'S')",
        "Tags/any()",
        "Tags/any(t:t/Products/any(p:p/UnitsInStock eq 0))",
        "not Tags/all(t:false)",
        "Tags/$count gt 0",
        "Lines/any(l:l/Order/OrderID gt 0)",
        "Category/Products/any()",
    ],
)
def test_no_filter_tells_anything_of_another_shop(shop, entangled, condition):
    assert shop.get(f"Products/$count?$filter={condition}").content == b"0"


def test_no_order_tells_anything_of_another_shop(shop, entangled):
    own = Category.objects.create(shop="north", name="A")
    second = Product.objects.create(shop="north", name="Coffee", category=own)
    for order in ("Category/CategoryName,ProductID", "Category/CategoryName desc,ProductID desc"):
        found = [row["ProductID"] for row in shop.value(f"Products?$orderby={order}")]
        assert found == sorted([entangled.pk, second.pk], reverse="desc" in order)


def test_a_foreign_row_answers_as_a_missing_one(shop, entangled):
    foreign = Product.objects.get(shop="south").pk
    for rest in (
        "",
        "/ProductName",
        "/ProductName/$value",
        "/Category",
        "/Tags",
        "/Tags/$count",
        "/PriceWithTax()",
    ):
        answers = [shop.get(f"Products({key}){rest}") for key in (foreign, 999_999)]
        assert {answer.status_code for answer in answers} == {404}, rest
        assert answers[0].content == answers[1].content
    assert shop.get(f"Products({entangled.pk})/Category").status_code == 204
    assert shop.get(f"Products({entangled.pk})/Category/CategoryName").status_code == 404
    assert Caller("south").get(f"Products({foreign})").status_code == 200


def test_each_shop_has_customers_of_the_same_key(shop, db):
    for name in ("north", "south"):
        answer = Caller(name).request(
            "PUT", "Customers('ALFKI')", json.dumps({"CompanyName": f"of the {name}"}).encode()
        )
        assert answer.status_code == 201
    assert shop.value("Customers('ALFKI')/CompanyName") == "of the north"
