"""Writing on a model that is not the hub's: what the toolkit does for whoever declares a set."""

import json

import pytest

from integrationhub.wire.odata.errors import MOST_DETAILS
from tests.odata.northwind.models import Category, Customer, Product, Supplier

TEA = {"ProductName": "Tea"}


def send(shop, method, path, body=None, **headers):
    content = b"" if body is None else json.dumps(body).encode()
    return shop.request(method, path, content, **headers)


def details(response, status=400):
    assert response.status_code == status, response.content
    error = json.loads(response.content)["error"]
    return {each["target"]: each["message"] for each in error["details"]}


@pytest.fixture
def tea(db):
    return Product.objects.create(shop="north", name="Tea", stock=5)


def test_a_row_with_every_kind_of_value_is_made_and_read_back(shop):
    body = {
        "ProductName": "Tea",
        "UnitPrice": 12.50,
        "UnitsInStock": 3,
        "Weight": "INF",
        "Discontinued": True,
        "Released": "2026-01-31",
        "UpdatedOn": "2026-01-31T12:00:00+02:00",
        "Serial": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "Colour": "Green",
        "Features": "Organic,Vegan",
        "UnitsSold": 2**40,
        "Label": "ignored",
        "ProductID": 77,
    }
    made = send(shop, "POST", "Products", body)
    assert made.status_code == 201, made.content
    entity = json.loads(made.content)
    own = {name: value for name, value in body.items() if name not in ("Label", "ProductID", "UpdatedOn")}
    assert {name: entity[name] for name in own} == own
    assert entity["UpdatedOn"] == "2026-01-31T10:00:00Z"
    assert entity["Label"] == f"Tea #{entity['ProductID']}"
    assert made["Location"] == f"http://testserver/nw/Products({entity['ProductID']})"
    assert b'"UnitPrice":12.5' in made.content
    texts = send(
        shop, "GET", "Products", accept="application/json;IEEE754Compatible=true;odata.metadata=full"
    )
    row = json.loads(texts.content)["value"][0]
    assert (row["UnitsSold"], row["UnitsSold@odata.type"]) == (str(2**40), "#Int64")
    assert row["UnitPrice"].startswith("12.5")
    assert row["Colour@odata.type"] == "#Northwind.Colour"
    assert row["@odata.id"] == made["Location"]
    assert row["#Northwind.Discontinue"]["target"] == f"{made['Location']}/Northwind.Discontinue"


def test_values_that_do_not_fit_are_all_named(shop):
    body = {
        "ProductName": "x" * 41,
        "UnitPrice": 1.234,
        "UnitsInStock": None,
        "Colour": "Mauve",
        "Features": "Organic,Loud",
        "Serial": "x",
        "name": "twice",
    }
    found = details(send(shop, "POST", "Products", body))
    assert set(found) == set(body) - {"name"}
    assert "twice" in found["ProductName"] or "40" in found["ProductName"]
    assert not Product.objects.exists()
    many = details(send(shop, "POST", "Products", {f"X{number}": 1 for number in range(200)}))
    assert len(many) == MOST_DETAILS


def test_a_missing_row_is_made_where_the_caller_chooses_the_key(shop):
    made = send(shop, "PATCH", "Customers('NEW')", {"CompanyName": "New", "CustomerID": "OTHER"})
    assert (made.status_code, made["Location"]) == (201, "http://testserver/nw/Customers('NEW')")
    changed = send(shop, "PUT", "Customers('NEW')", {"CompanyName": "Newer"}, if_none_match='W/"x"')
    assert (changed.status_code, json.loads(changed.content)["Discount"]) == (200, 0.0)
    assert refused(send(shop, "PATCH", "Customers('X')", {"CompanyName": "X"}, if_match="*")) == 412
    forced = send(shop, "PUT", "Customers('Y')", {"CompanyName": "Y"}, if_none_match="*")
    assert forced.status_code == 201
    assert send(shop, "PATCH", "Products(987)", TEA).status_code == 404
    assert list(Customer.objects.order_by("code").values_list("code", "company")) == [
        ("NEW", "Newer"),
        ("Y", "Y"),
    ]


def refused(response):
    assert json.loads(response.content)["error"]["message"]
    return response.status_code


def test_only_the_version_that_was_read_is_changed(shop, tea):
    path = f"Products({tea.pk})"
    tag = send(shop, "GET", path)["ETag"]
    assert send(shop, "PATCH", path, {"UnitsInStock": 6}, if_match=tag).status_code == 200
    for method, body in (("PATCH", {"UnitsInStock": 7}), ("PUT", TEA), ("DELETE", None)):
        assert refused(send(shop, method, path, body, if_match=tag)) == 412
    assert refused(send(shop, "PUT", f"{path}/UnitsInStock", {"value": 7}, if_match=tag)) == 412
    assert refused(send(shop, "POST", f"{path}/Discontinue", if_match=tag)) == 412
    tea.refresh_from_db()
    assert (tea.stock, tea.discontinued) == (6, False)


def test_rows_are_made_below_others(shop):
    category = Category.objects.create(shop="north", name="Drinks")
    other = Category.objects.create(shop="north", name="Food")
    path = f"Categories({category.pk})/Products"
    made = send(shop, "POST", path, TEA)
    assert (made.status_code, json.loads(made.content)["CategoryID"]) == (201, category.pk)
    for body in ({**TEA, "CategoryID": other.pk}, {**TEA, "Category@odata.bind": f"Categories({other.pk})"}):
        assert refused(send(shop, "POST", path, body)) == 400
    assert send(shop, "POST", "Categories(987)/Products", TEA).status_code == 404
    product = json.loads(made.content)["ProductID"]
    assert refused(send(shop, "POST", f"Products({product})/Tags", {"Word": "hot"})) == 501
    bound = {"Category@odata.bind": f"http://testserver/nw/Categories({other.pk})"}
    assert json.loads(send(shop, "PATCH", f"Products({product})", bound).content)["CategoryID"] == other.pk
    freed = send(shop, "PATCH", f"Products({product})", {"Category@odata.bind": None})
    assert json.loads(freed.content)["CategoryID"] is None
    for wrong in (
        "Suppliers(1)",
        "Categories",
        f"Categories({other.pk})/CategoryName",
        "Categories(987)",
        "nonsense(",
        "http://elsewhere/nw/Categories(1)",
        5,
    ):
        named = details(send(shop, "PATCH", f"Products({product})", {"Category@odata.bind": wrong}))
        assert set(named) == {"Category@odata.bind"}


def test_properties_are_written_one_by_one(shop, tea):
    category = Category.objects.create(shop="north", name="Drinks")
    supplier = Supplier.objects.create(shop="north", company="Leaf", city="Riga", country="LV")
    picture = f"Categories({category.pk})/Picture/$value"
    assert shop.request("PUT", picture, b"\x00\xff", "application/octet-stream").status_code == 204
    assert shop.get(picture).content == b"\x00\xff"
    stock = f"Products({tea.pk})/UnitsInStock"
    assert shop.request("PUT", f"{stock}/$value", b"8", "text/plain").status_code == 204
    assert set(details(shop.request("PUT", f"{stock}/$value", b"many", "text/plain"))) == {"UnitsInStock"}
    assert json.loads(send(shop, "PUT", stock, {"value": 9}).content)["value"] == 9
    address = f"Suppliers({supplier.pk})/Address"
    changed = send(shop, "PATCH", address, {"City": "Oslo"})
    assert json.loads(changed.content)["City"] == "Oslo"
    assert json.loads(changed.content)["Country"] == "LV"
    assert send(shop, "PUT", f"{address}/City", {"value": "Bergen"}).status_code == 200
    assert set(details(send(shop, "PUT", address, {"City": "x" * 41}))) == {"Address/City"}
    whole = send(shop, "PATCH", f"Suppliers({supplier.pk})", {"Address": {"Country": "NO"}})
    assert json.loads(whole.content)["Address"] == {"Street": None, "City": "Bergen", "Country": "NO"}
    for path in (f"Products({tea.pk})/Label", f"Products({tea.pk})/ProductID"):
        assert refused(send(shop, "PUT", path, {"value": "x"})) == 400


def test_what_a_set_does_not_declare_is_not_allowed(shop, tea):
    for method, path, allowed in (
        ("POST", "Orders", "GET, HEAD"),
        ("DELETE", "Products", "GET, HEAD, POST"),
        ("PATCH", "Products", "GET, HEAD, POST"),
        ("POST", f"Products({tea.pk})", "GET, HEAD, PATCH, PUT, DELETE"),
        ("POST", f"Products({tea.pk})/ProductName", "GET, HEAD, PATCH, PUT, DELETE"),
        ("DELETE", "Products/$count", "GET, HEAD"),
    ):
        response = send(shop, method, path, {})
        assert (refused(response), response["Allow"]) == (405, allowed), path


def test_actions_take_their_arguments_from_the_body(shop, tea):
    whole = json.loads(send(shop, "POST", "Coupon", {"Length": 5}).content)
    assert len(whole["value"]) == 5
    assert whole["@odata.context"] == "http://testserver/nw/$metadata#Edm.String"
    assert len(json.loads(send(shop, "POST", "Northwind.Coupon").content)["value"]) == 8
    for body in ({"Length": "5"}, {"Depth": 5}, {"Length": 5, "length": 6}):
        assert len(details(send(shop, "POST", "Coupon", body))) == 1
    done = json.loads(send(shop, "POST", f"Products({tea.pk})/Discontinue", {}).content)
    assert (done["Discontinued"], done["@odata.etag"]) == (True, 'W/"7"')
    assert send(shop, "POST", "Products(987)/Discontinue", {}).status_code == 404


def test_another_shop_s_rows_are_out_of_reach(shop, tea):
    Product.objects.filter(pk=tea.pk).update(shop="south")
    for method, path, body in (
        ("PATCH", "Products({})", TEA),
        ("DELETE", "Products({})", None),
        ("POST", "Products({})/Discontinue", {}),
        ("PUT", "Products({})/UnitsInStock", {"value": 1}),
    ):
        foreign, missing = (send(shop, method, path.format(key), body) for key in (tea.pk, 987_654))
        assert (foreign.status_code, foreign.content) == (404, missing.content)


def test_a_batch_works_on_any_service(shop):
    parts = [
        {"id": "1", "method": "post", "url": "Categories", "body": {"CategoryName": "Drinks"}},
        {"id": "2", "method": "post", "url": "$1/Products", "body": TEA, "dependsOn": ["1"]},
        {"id": "3", "method": "get", "url": "/nw/Categories?$expand=Products($select=ProductName)"},
    ]
    responses = json.loads(send(shop, "POST", "$batch", {"requests": parts}).content)["responses"]
    assert [each["status"] for each in responses] == [201, 201, 200]
    assert responses[2]["body"]["value"][0]["Products"][0]["ProductName"] == "Tea"
