"""Pages by key: nothing twice, nothing left out, whatever the order and wherever the nulls are."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrationhub.wire.odata.limits import Limits
from tests.odata.northwind.models import Product
from tests.odata.northwind.service import SERVICE
from tests.odata.northwind.stock import fill

ROOT = "http://testserver/nw/"


@pytest.fixture
def stocked(shop):
    fill("south")
    fill("north")
    return shop


def pages(shop, path, size):
    """The rows of each page, by way of the links."""
    while path:
        answer = json.loads(shop.get(path, prefer=f"odata.maxpagesize={size}").content)
        yield answer["value"]
        path = answer.get("@odata.nextLink", "").removeprefix(ROOT)


@pytest.mark.parametrize(
    "order",
    [
        "",
        "ProductID desc",
        "Discontinued,ProductName desc",
        "UnitPrice desc,Weight",
        "Released,Serial desc",
        "UpdatedOn desc",
        "Category/CategoryName desc,ProductName",
        "tolower(ProductName),Tags/$count desc",
        "year(UpdatedOn),UnitsSold",
        "UnitsInStock mod 3,Supplier/Address/City",
    ],
)
def test_the_pages_together_are_the_whole_in_order(stocked, order):
    path = f"Products?$select=ProductID&$orderby={order}"
    whole = [row["ProductID"] for row in stocked.value(path)]
    paged = [row["ProductID"] for page in pages(stocked, path, 7) for row in page]
    assert paged == whole
    assert len(set(whole)) == 20


def test_nulls_come_first_and_texts_by_code_point(stocked):
    names = [row["ProductName"] for row in stocked.value("Products?$orderby=ProductName&$select=ProductName")]
    assert names == sorted(names)
    weights = [row["Weight"] for row in stocked.value("Products?$orderby=Weight&$select=Weight")]
    assert weights[:5] == [None] * 5
    assert weights[5:] == sorted(weights[5:])
    falling = [row["Weight"] for row in stocked.value("Products?$orderby=Weight desc&$select=Weight")]
    assert falling == weights[::-1]


def test_a_link_keeps_what_was_asked(stocked):
    path = "Products?$filter=UnitsInStock gt @least&$top=9&$skip=2&$count=true&$orderby=UnitsInStock&@least=0"
    first = stocked.get(path, prefer="maxpagesize=4")
    assert first["Preference-Applied"] == "odata.maxpagesize=4"
    link = json.loads(first.content)["@odata.nextLink"]
    assert "$top=5" in link
    assert "$skip=" not in link
    found = [len(page) for page in pages(stocked, path, 4)]
    assert found == [4, 4, 1]
    assert json.loads(stocked.get(link.removeprefix(ROOT)).content)["@odata.count"] == 12


def test_a_row_that_is_gone_leaves_no_gap(stocked):
    first = json.loads(stocked.get("Products?$select=ProductID", prefer="odata.maxpagesize=5").content)
    last = first["value"][-1]["ProductID"]
    Product.objects.filter(pk__lte=last).delete()
    rest = stocked.value(first["@odata.nextLink"].removeprefix(ROOT))
    assert [row["ProductID"] for row in rest] == list(range(last + 1, last + 16))


def test_a_token_of_another_order_is_refused(stocked):
    link = json.loads(stocked.get("Products?$orderby=ProductName", prefer="odata.maxpagesize=5").content)[
        "@odata.nextLink"
    ]
    token = link.rpartition("$skiptoken=")[2]
    for path in (f"Products?$skiptoken={token}", f"Products?$orderby=Weight&$skiptoken={token}"):
        response = stocked.get(path)
        assert (response.status_code, json.loads(response.content)["error"]["target"]) == (400, "$skiptoken")


def test_a_page_costs_the_same_queries_whatever_its_size(stocked):
    def queries(path):
        with CaptureQueriesContext(connection) as captured:
            stocked.get(path)
        return len(captured)

    assert queries("Products?$top=1") == queries("Products?$top=20") == 1
    assert queries("Products?$skip=1&$top=1&$expand=*") == queries("Products?$top=20&$expand=*") == 5
    assert queries("Products?$count=true&$search=a&$filter=Tags/any()") == 2
    assert queries("Products/$count") == queries("Bestseller") == 1


def test_rows_that_bring_many_with_them_come_in_smaller_pages(stocked, monkeypatch):
    monkeypatch.setitem(vars(SERVICE), "limits", Limits(expanded_rows=2, related_rows=12))
    found = list(pages(stocked, "Products?$select=ProductID&$expand=Tags($select=Word)", 100))
    assert [len(page) for page in found] == [4] * 5
    assert sum(len(row["Tags"]) for page in found for row in page) == 17
    monkeypatch.setitem(vars(SERVICE), "limits", Limits(expanded_rows=2, related_rows=3))
    deep = stocked.get("Products?$skip=4&$expand=Tags($expand=Products)")
    error = json.loads(deep.content)["error"]["message"]
    assert (deep.status_code, error) == (400, "There are more than 3 rows of Products; use $top.")


def plan_behind_a_link(shop, path):
    """How the database finds the second page, where it believes its indexes to be worth it."""
    link = json.loads(shop.get(path, prefer="odata.maxpagesize=2").content)["@odata.nextLink"]
    with CaptureQueriesContext(connection) as captured:
        shop.get(link.removeprefix(ROOT))
    (query,) = captured
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            return "\n".join(row[3] for row in cursor)
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (COSTS OFF) {query['sql']}")
        return "\n".join(row[0] for row in cursor)


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("Products?$orderby=ProductID", {"postgresql": "Cond: (id > ", "sqlite": "(rowid>?)"}),
        ("Products?$orderby=ProductID desc", {"postgresql": "Cond: (id < ", "sqlite": "(rowid<?)"}),
        (
            "OrderLines",
            {"postgresql": "Cond: (ROW(order_id, line) > ROW(", "sqlite": "(order_id,line)>(?,?)"},
        ),
        (
            "OrderLines?$orderby=OrderID desc",
            {"postgresql": "Cond: (ROW(order_id, line) < ROW(", "sqlite": "(order_id,line)<(?,?)"},
        ),
    ],
)
def test_a_page_begins_in_the_index_behind_the_last_row(stocked, path, begins):
    plan = plan_behind_a_link(stocked, path)
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
    assert begins[connection.vendor] in plan
