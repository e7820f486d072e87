"""Whatever a caller sends, it gets an answer: never a 5xx but the 501 that says what is not implemented."""

import json
import random
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.odata.fuzzing import Maker
from tests.odata.fuzzing.answers import answered, complaint
from tests.odata.northwind.models import Product
from tests.odata.northwind.service import SERVICE
from tests.odata.northwind.stock import fill

NAMES = [
    *["Products", "Customers", "OrderLines", "Notes", "Bestseller", "Tags", "Category", "Words", "InStock"],
    *["ProductName", "UnitPrice", "Address", "City", "Picture", "Features", "Nix", "Kind", "Amount"],
    *["$count", "$value", "$query", "$metadata", "$batch", "$ref", "$it", "1", "(1)", "('ALFKI')", "(", ")"],
    *["(OrderID=1,Line=1)", "(Word='a',Times=2)", "(@p)", "''", "%2F", "\u00e9", "\ud83d\ude00", "..", ""],
]
WORDS = [
    *["ProductName", "UnitsInStock", "UnitPrice", "UpdatedOn", "Category/CategoryName", "Tags", "Colour"],
    *["Features", "Address", "Serial", "Picture", "Label", "Nix", "t/Word", "$it", "@p", "*", "Northwind.X"],
    *["eq", "ne", "gt", "and", "or", "not", "has", "in", "add", "div", "mod", "-", "desc", "asc"],
    *["/any(t:", "/all(t:", "/$count", "contains(", "substring(", "now()", "cast(", "round(", "(", ")", ","],
    *["1", "-1", "1.5", "1e400", "9" * 30, "'a'", "'", "null", "true", "2024-01-01", "2024-02-30"],
    *["2024-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "duration'P1D'", "Northwind.Colour'Red'", ";", "="],
    *["$filter=", "$expand=", "$select=", "$top=1", "INF", "NaN", "\0", "\u00e9", "\ud800", '"', "AND", "OR"],
]
OPTIONS = [
    *["$filter", "$orderby", "$select", "$expand", "$search", "$top", "$skip", "$count", "$skiptoken"],
    *["$format", "@p", "filter", "$apply", "$nix", "x", "$schemaversion", "$id", ""],
]
paths = st.lists(st.sampled_from(NAMES), max_size=4).map("/".join)
values = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join) | st.text(max_size=20)
queries = st.lists(st.tuples(st.sampled_from(OPTIONS), values), max_size=3)
headers = st.fixed_dictionaries(
    {},
    optional={
        "prefer": st.sampled_from(
            ["odata.maxpagesize=3", "maxpagesize=-1", "maxpagesize=x,,;=", "return=minimal"]
        ),
        "accept": st.sampled_from(["application/json;odata.metadata=full", "text/html", "*/*", ";;,", ""]),
        "odata_version": st.sampled_from(["4.01", "3.0", "x", "9.9"]),
        "if_none_match": st.sampled_from(["*", 'W/"1"', "nonsense"]),
    },
)


def encoded(query):
    return "&".join(
        f"{quote(name, safe='$@')}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in query
    )


@pytest.mark.django_db
def test_every_request_gets_an_answer(shop):
    fill("north", products=6)
    answers = []

    @given(paths, queries, headers)
    def check(path, query, sent):
        url = path.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        response = shop.get(f"{url}?{encoded(query)}", **sent)
        answers.append(response.status_code)
        assert response.status_code < 500 or response.status_code == 501
        if response.status_code >= 400:
            error = json.loads(response.content)["error"]
            assert error["message"]

    check()
    assert 200 in answers


@pytest.mark.django_db
def test_every_request_that_is_nearly_right_gets_an_answer(northwind_urls):
    fill("north", products=6)
    products = [str(key) for key in Product.objects.values_list("pk", flat=True)]
    keys = {"Products": products, "Customers": ["'ALFKI'"], "OrderLines": ["OrderID=1,Line=1"]}
    api = Client(headers={"shop": "north"})
    answers = []

    @given(st.integers(0, 2**64))
    def check(seed):
        request = Maker(SERVICE, "/nw/", keys, random.Random(seed)).request()  # noqa: S311
        response = answered(api, "/nw/", request)
        answers.append(response.status_code)
        assert complaint(response) is None, (seed, request, response.content[:2000])

    check()
    assert 200 in answers
