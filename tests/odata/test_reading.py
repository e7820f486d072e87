"""Reads over HTTP, on a service that has nothing of the hub's."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.odata.northwind.models import Product
from tests.odata.northwind.stock import START, fill


@pytest.fixture
def first(shop):
    """The key of the first of twenty products in each of two shops."""
    fill("south")
    return fill("north")[0].pk


def answer(shop, path, **headers):
    return json.loads(shop.get(path, **headers).content)


def test_rows_come_with_what_was_asked_for(shop, first):
    page = answer(shop, "Products?$select=ProductName,Label&$top=1&$count=true")
    assert page == {
        "@odata.context": "http://testserver/nw/$metadata#Products(ProductName,Label)",
        "@odata.count": 20,
        "value": [{"@odata.etag": 'W/"1"', "ProductName": "Chai", "Label": f"Chai #{first}"}],
    }
    [row] = shop.value("Products?$skip=1&$top=1")
    assert row == {
        "@odata.etag": 'W/"1"',
        "ProductID": first + 1,
        "ProductName": "chang",
        "CategoryID": row["CategoryID"],
        "SupplierID": row["SupplierID"],
        "UnitPrice": 6.25,
        "UnitsInStock": 4,
        "Weight": -3.75,
        "Discontinued": False,
        "Released": "2024-01-02",
        "UpdatedOn": "2024-01-02T17:30:15.250000Z",
        "Serial": "00000000-0000-0000-0000-000000000001",
        "Colour": "Green",
        "Features": "Organic",
        "UnitsSold": -9000000000,
        "Label": f"chang #{first + 1}",
    }
    assert shop.value("Suppliers?$select=Address/City,Address/Country") == [
        {"Address": {"City": "Rome", "Country": "Italy"}}
    ]


@pytest.mark.parametrize(
    "path",
    [
        "Products({0})",
        "products/{0}",
        "PRODUCTS(ProductID={0})",
        "Products(@key)?@key={0}",
        "Orders/{order}/Lines(OrderID={order},Line=9)/Product/Tags({tag})/Products({0})/Category/Products({0})",
        "Bestseller/Tags({tag})/Products({0})",
        "/Products({0})/",
    ],
)
def test_a_row_has_many_addresses(shop, first, path):
    product = Product.objects.get(pk=first)
    product.sold = 10**15
    product.save()
    order = shop.ids("Orders")[0]
    tag = shop.ids(f"Products({first})/Tags")[0]
    product.lines.create(shop="north", order_id=order, line=9, quantity=1)
    assert answer(shop, path.format(first, order=order, tag=tag))["ProductName"] == "Chai"


def test_properties_stand_alone(shop, first):
    assert answer(shop, f"Products({first})/ProductName") == {
        "@odata.context": f"http://testserver/nw/$metadata#Products({first})/ProductName",
        "value": "Chai",
    }
    raw = shop.get(f"Products({first + 1})/UnitPrice/$value", accept="application/json")
    assert (raw.content, raw["Content-Type"]) == (b"6.25", "text/plain;charset=utf-8")
    assert shop.get(f"Products({first})/UnitPrice").status_code == 204
    assert shop.get(f"Products({first})/Supplier").status_code == 204
    assert shop.get(f"Products({first})/Supplier/CompanyName").status_code == 404
    assert answer(shop, f"Products({first + 1})/Supplier/Address/City")["value"] == "Rome"
    category = shop.ids("Categories")[0]
    picture = shop.get(f"Categories({category})/Picture/$value")
    assert (picture.content, picture["Content-Type"]) == (b"\x00\xff", "application/octet-stream")
    count = shop.get("Products/$count?$filter=Discontinued", accept="application/json")
    assert (count.content, count["Content-Type"]) == (b"7", "text/plain;charset=utf-8")


def test_functions_answer_values_and_rows(shop, first):
    assert answer(shop, "ShopName()")["value"] == "north"
    assert answer(shop, "ShopName")["value"] == "north"
    assert answer(shop, "Words(Word=@w,Times=2)?@w='a,b'")["value"] == ["a,b", "a,b"]
    assert answer(shop, f"Products({first + 1})/Northwind.PriceWithTax(Rate=1)")["value"] == 12.5
    in_stock = shop.value("Products/InStock()?$select=UnitsInStock&$orderby=UnitsInStock desc&$top=2")
    assert [row["UnitsInStock"] for row in in_stock] == [7, 7]


def test_related_rows_come_along_in_one_query_for_each_navigation(shop, first):
    path = (
        "Categories?$select=CategoryName&$expand=Products($select=ProductName;$filter=UnitsInStock gt 0;"
        "$orderby=ProductName desc;$top=1;$count=true;"
        "$expand=Tags($select=Word),Supplier($select=CompanyName))"
    )
    shop.get(path)
    with CaptureQueriesContext(
        connection,
    ) as few:
        drinks, _food = shop.value(path)
    assert drinks == {
        "CategoryName": "Drinks",
        "Products@odata.count": 6,
        "Products": [
            {
                "@odata.etag": 'W/"1"',
                "ProductName": "Ärger",
                "Tags": [],
                "Supplier": {"CompanyName": "Pavlova"},
            }
        ],
    }
    for extra in range(5):
        Product.objects.bulk_create(
            Product(shop="north", name=f"P{extra}", category_id=shop.ids("Categories")[0]) for _ in range(9)
        )
    with CaptureQueriesContext(connection) as more:
        shop.get(path)
    assert len(more) == len(few) == 5


def test_what_an_expand_has_no_room_for_is_behind_a_link(shop, first):
    path = "Categories?$expand=Products($select=ProductID;$filter=ProductID ge 0;$top=150)&$select=CategoryID"
    category = shop.ids("Categories")[0]
    Product.objects.bulk_create(Product(shop="north", name="P", category_id=category) for _ in range(110))
    found = shop.value(path)[0]
    assert len(found["Products"]) == 100
    rest = shop.value(found["Products@odata.nextLink"].removeprefix("http://testserver/nw/"))
    assert len(rest) == 117 - 100
    seen = [row["ProductID"] for row in (*found["Products"], *rest)]
    assert seen == sorted(set(seen))


def test_one_row_shows_the_same_related_rows_as_among_others(shop, first):
    expand = "$expand=Products($select=ProductName;$orderby=ProductName desc;$skip=1;$top=2;$count=true)"
    among_others = shop.value(f"Categories?$select=CategoryID&{expand}")[0]
    alone = json.loads(
        shop.get(f"Categories({among_others['CategoryID']})?$select=CategoryID&{expand}").content
    )
    assert len(alone["Products"]) == 2
    assert alone["Products@odata.count"] > 3
    assert {name: alone[name] for name in among_others} == among_others


def test_a_count_may_stand_for_related_rows(shop, first):
    tags = shop.value("Tags?$expand=Products/$count($filter=Discontinued)&$select=Word")
    assert tags == [{"Word": "hot", "Products@odata.count": 4}, {"Word": "new", "Products@odata.count": 0}]


def test_open_types_show_and_filter_by_what_their_kind_declares(shop, first):
    memo, recipe = shop.value("Notes?$select=Kind,Amount,Minutes,Vegan")
    assert (memo["Amount"], recipe["Minutes"], recipe["Vegan"]) == (5.5, 20, True)
    assert "Amount" not in recipe
    assert (
        shop.value("Notes?$filter=Kind eq 'memo' and Amount gt 5&$orderby=amount desc")[0]["Text"] == "hello"
    )
    assert shop.value("Notes?$filter='recipe' eq Kind and minutes in (20)")[0]["Kind"] == "recipe"
    for text in ("Amount gt 5", "Kind eq 'recipe' and Amount gt 5", "Kind eq 'memo' or Amount gt 5"):
        assert shop.get(f"Notes?$filter={text}").status_code == 400


def test_search_looks_into_the_declared_texts(shop, first):
    def found(search):
        return {row["ProductName"] for row in shop.value(f"Products?$search={search}&$select=ProductName")}

    assert found("CHAI") == {"Chai", "chai tea"}
    assert found("chai NOT tea") == {"Chai"}
    assert found('"chai tea" OR (tofu AND NOT x)') == {"chai tea", "Tofu"}
    assert found("GRÜSSE OR grüße") == {"Grüße"}
    assert shop.get("Categories?$search=x").status_code == 501
    for refused in ("(", "a)", "NOT", "a OR", '"'):
        assert shop.get(f"Products?$search={refused}").status_code == 400


def test_options_come_in_a_body_too(shop, first):
    body = b"$filter=ProductName eq 'Chai'&$select=ProductName"
    response = shop.request("POST", "Products/$query?$top=1", body, "text/plain")
    assert [row["ProductName"] for row in json.loads(response.content)["value"]] == ["Chai"]
    assert shop.request("POST", "Products/$query", body, "application/json").status_code == 415
    assert shop.request("POST", "Products/$query", b"\xff", "text/plain").status_code == 400
    assert shop.get("Products/$query").status_code == 405


def test_head_answers_as_get_does_but_for_the_body(shop, first):
    for path in ("", "$metadata", "Products", "Products/", f"Products({first})", "Products/$count", "Nix"):
        got, head = shop.get(path), shop.request("HEAD", path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head["Content-Length"] == str(len(got.content))
        assert head["OData-Version"] == got["OData-Version"] == "4.0"


def test_old_habits_of_clients_are_borne(shop, first):
    assert shop.get("Products?%24top=1&_=123&apikey=x").status_code == 200
    moment = START.isoformat().replace("+", " ")
    assert shop.get(f"Products/$count?$filter=UpdatedOn gt {moment}").content == b"16"
    assert shop.get(f"Products/$count?$filter=UpdatedOn gt {moment.replace(' ', '+')}").content == b"16"
    empty = answer(shop, "Products?$top=0&$count=true")
    assert (empty["@odata.count"], empty["value"]) == (20, [])
    assert "@odata.nextLink" not in empty
    assert shop.get("Products?$filter=(Discontinued) and (not contains(ProductName,'x'))").status_code == 200
    assert shop.get("Products", content_type="application/json;odata=verbose").status_code == 200
    assert shop.get("v2/Products").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("Nix", 404, "Resource not found for the segment 'Nix'."),
        ("Products(0)", 404, "The resource is not found."),
        ("Products(0)/Lines", 404, "The resource is not found."),
        ("Products(0)/ProductName", 404, "The resource is not found."),
        ("Products(abc)", 400, "Bad key: ProductID must be a whole number."),
        ("Products(99999999999)", 400, "Bad key: ProductID must be between"),
        ("Products(null)", 400, "must not be null"),
        ("Products(Nix=1)", 400, "its key is ProductID"),
        ("Products(ProductName='x')", 501, "alternate keys"),
        ("OrderLines(OrderID=1)", 400, "Line is missing"),
        ("Products/abc", 404, "segment 'abc'"),
        ("Products/$ref", 501, "$ref"),
        ("$all", 501, "$all"),
        ("Products/Northwind.Special", 501, "derived types"),
        ("Products/Nix.Special", 501, "derived types"),
        ("/".join(["Bestseller"] + ["Category", "Products"] * 15), 400, "at most 20 segments"),
        ("Products?$nix=1", 400, "The query parameter '$nix' is not supported."),
        ("Products?$top=1&$top=2", 400, "'$top' comes more than once"),
        ("Products?$top=-1", 400, "whole number"),
        ("Products?$top=10001", 400, "The limit of '10000' for Top query has been exceeded."),
        ("Products?$count=maybe", 400, "true or false"),
        ("Products?$select=Nix", 400, "Could not find a property named 'Nix'"),
        ("Products?$expand=Nix", 400, "Could not find a navigation property named 'Nix'"),
        ("Products?$expand=Tags,Tags", 400, "expanded twice"),
        ("Products?$expand=Category($top=1)", 400, "'$top' does not apply to 'Category'"),
        ("Products?$expand=Tags($levels=2)", 501, "'$levels'"),
        ("Products?$expand=Tags/$ref", 501, "$ref"),
        ("Products?$expand=Tags(", 400, "missing"),
        ("Products?$expand=Tags($nix=1)", 400, "no option"),
        ("Tags?$expand=Products($expand=Tags($expand=Products($expand=Tags)))", 400, "3 deep"),
        ("Products?$orderby=Label", 400, "cannot be used in $orderby"),
        ("Products?$orderby=1", 400, "names a property"),
        ("Products?$orderby=ProductName down", 400, "was not expected"),
        ("Products?$skiptoken=x", 400, "$skiptoken"),
        ("Products?$apply=aggregate($count as C)", 501, "$apply"),
        ("Products?$compute=1 as X", 501, "$compute"),
        ("Products?$deltatoken=1", 501, "$deltatoken"),
        ("Bestseller?$filter=true", 400, "'$filter' does not apply here"),
        ("$metadata?$top=1", 400, "'$top' does not apply here"),
        ("Words(Word='a')", 400, "needs the parameter 'Times'"),
        ("Words(Word='a',Times=1,Nix=2)", 400, "no parameter 'Nix'"),
        ("Words(Word=a,Times=1)", 400, "single quotes"),
        ("Words(Word='a',Times=null)", 400, "must not be null"),
        ("Coupon", 405, "GET is not allowed"),
        ("$batch", 405, "GET is not allowed"),
        ("ShopName/x", 501, "behind an operation"),
    ],
)
def test_what_is_wrong_is_said_precisely(shop, path, status, message):
    response = shop.get(path)
    error = json.loads(response.content)["error"]
    assert (response.status_code, error["code"]) == (status, str(status))
    assert message in error["message"]


def test_a_stranger_is_asked_who_it_is(shop, db):
    shop.shop = ""
    response = shop.get("Products")
    assert (response.status_code, json.loads(response.content)["error"]["code"]) == (401, "401")
    assert "Basic" in response["WWW-Authenticate"]
    assert response["OData-Version"] == "4.0"


def test_links_lead_through_the_proxy_that_is_trusted(shop, first, settings):
    headers = {"x_forwarded_host": "testserver:8443", "x_forwarded_prefix": "/hub", "prefer": "maxpagesize=1"}
    assert answer(shop, "Products", **headers)["@odata.nextLink"].startswith("http://testserver/nw/Products?")
    settings.USE_X_FORWARDED_HOST = True
    trusted = answer(shop, "Products", **headers)
    assert trusted["@odata.context"] == "http://testserver:8443/hub/nw/$metadata#Products"
    assert trusted["@odata.nextLink"].startswith("http://testserver:8443/hub/nw/Products?")
    crooked = answer(shop, "Products", **{**headers, "x_forwarded_prefix": "//evil.example/?"})
    assert crooked["@odata.context"] == "http://testserver:8443/nw/$metadata#Products"
