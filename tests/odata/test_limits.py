"""Each limit on what one request may ask for: as much is answered, a little more is a 400 that names it."""

import json

import pytest
from django.db import connection
from django.utils import timezone

from integrationhub.wire.expressions.errors import ExpressionError
from integrationhub.wire.odata.limits import Limits
from tests.odata.northwind.models import Order
from tests.odata.northwind.service import SERVICE
from tests.odata.test_parsing import bound

ROOM = len("ProductName eq ''")


def nested(depth):
    return "(" * (depth - 1) + "true" + ")" * (depth - 1)


def conditions(nodes):
    """Each `Discontinued` is one, and each `or` between two."""
    return " or ".join(["Discontinued"] * ((nodes + 1) // 2)) if nodes % 2 else f"not {conditions(nodes - 1)}"


def counted(depth):
    """Levels of rows that are counted in turn: products of tags of products."""
    text = "true"
    for level in range(depth, 0, -1):
        text = f"{'Tags' if level % 2 else 'Products'}/$count($filter={text}) gt 0"
    return text


@pytest.mark.parametrize(
    ("fitting", "beyond", "limit"),
    [
        (
            f"ProductName eq '{'x' * (2048 - ROOM)}'",
            f"ProductName eq '{'x' * (2049 - ROOM)}'",
            "2048 characters",
        ),
        (conditions(100), conditions(101), "100 nodes"),
        (conditions(99), conditions(102), "100 nodes"),
        (nested(20), nested(21), "20 deep"),
        ("not " * 19 + "true", "not " * 20 + "true", "20 deep"),
        (counted(2), counted(3), "2 deep"),
    ],
)
def test_an_expression_has_limits(fitting, beyond, limit):
    bound(fitting)
    with pytest.raises(ExpressionError, match=limit):
        bound(beyond)


def test_aliases_multiply_nothing():
    aliases = {f"@a{number}": " or ".join([f"@a{number + 1}"] * 10) for number in range(9)} | {"@a9": "true"}
    with pytest.raises(ExpressionError, match="100 nodes"):
        bound("@a0", aliases)
    bound(" or ".join(["@a9"] * 33), aliases)


def test_an_alias_is_not_open_to_itself_in_what_is_counted():
    aliases = {"@a": "Tags/$count($filter=Products/$count($filter=@a) gt 0) gt 0"}
    with pytest.raises(ExpressionError, match="@a"):
        bound("@a", aliases)


def expand(depth):
    text = ""
    for level in range(depth, 0, -1):
        text = f"{'Tags' if level % 2 else 'Products'}{f'($expand={text})' if text else ''}"
    return f"Products?$expand={text}"


def order(items):
    return "Products?$orderby=" + ",".join(["UnitsInStock"] * items)


@pytest.mark.parametrize(
    ("fitting", "beyond", "limit"),
    [
        ("Products?$top=10000", "Products?$top=10001", "'10000' for Top"),
        ("Products?$skip=1000000000", "Products?$skip=1000000001", "'1000000000' for Skip"),
        (expand(3), expand(4), "3 deep"),
        (order(20), order(21), "20 items"),
        ("Products?$search=" + " ".join("a" * 40), "Products?$search=" + " ".join("a" * 101), "100 words"),
        (f"Products?$search={'x' * 2048}", f"Products?$search={'x' * 2049}", "2048 characters"),
        ("Products", "Products" + "/x" * 20, "20 segments"),
    ],
)
def test_a_request_has_limits(shop, fitting, beyond, limit):
    assert shop.get(fitting).status_code == 200
    refused = shop.get(beyond)
    assert refused.status_code == 400
    assert limit in json.loads(refused.content)["error"]["message"]


def test_a_page_is_no_larger_than_its_set_allows_however_many_rows_are_asked_for(shop):
    now = timezone.now()
    Order.objects.bulk_create(Order(shop="north", ordered_on=now) for _ in range(23))
    for preference in ("", "maxpagesize=10000"):
        page = json.loads(shop.get("Orders?$top=10000", prefer=preference).content)
        assert len(page["value"]) == 20
        assert "$top=9980" in page["@odata.nextLink"]


ENDLESS = {
    "postgresql": "SELECT pg_sleep(60)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
}


def test_a_statement_that_takes_too_long_is_stopped(shop, monkeypatch):
    monkeypatch.setitem(vars(SERVICE), "limits", Limits(seconds=0.02))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("30s",)  # what every connection begins with
            cursor.execute("SET LOCAL statement_timeout = '20ms'")
    with connection.execute_wrapper(
        lambda execute, sql, params, many, context: execute(ENDLESS[connection.vendor], None, many, context)
    ):
        response = shop.get("Products")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["OData-Version"] == "4.0"
    assert json.loads(response.content)["error"]["message"].startswith("The database does not answer in time")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has a timeout of its own")
def test_the_next_request_has_its_own_time(shop, monkeypatch):
    monkeypatch.setitem(vars(SERVICE), "limits", Limits(seconds=-1.0))
    assert shop.get("Products").status_code == 200  # done before it was asked
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS["sqlite"].replace("FROM n)", "FROM n WHERE i < 100000)"))
        assert cursor.fetchone() == (100_000,)
