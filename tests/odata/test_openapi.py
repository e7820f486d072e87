"""The OpenAPI document that a registry makes."""

import json

import pytest
from django.test import Client as HttpClient
from drf_spectacular.validation import validate_schema

from integrationhub.wire.odata import openapi
from queues.api.odata.service import SERVICE as HUB
from tests.odata.northwind.service import SERVICE


def test_the_document_is_valid():
    validate_schema(json.loads(json.dumps(openapi.document(SERVICE, "/root"))))


@pytest.mark.parametrize("service", [SERVICE, HUB], ids=lambda service: service.namespace)
def test_names_are_unique_and_lead_somewhere(service):
    document = openapi.document(service, "/root")
    calls = [
        call for path in document["paths"].values() for method, call in path.items() if method != "parameters"
    ]
    names = [call["operationId"] for call in calls]
    assert len(names) == len(set(names))
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text, name


def test_a_set_offers_what_it_has_verbs_for():
    paths = openapi.document(SERVICE, "/nw")["paths"]
    assert set(paths["/Products({ProductID})"]) == {"parameters", "get", "patch", "put", "delete"}
    assert set(paths["/OrderLines(OrderID={OrderID},Line={Line})"]) == {"parameters", "get"}
    assert set(paths["/Customers('{CustomerID}')"]) == {"parameters", "get", "patch", "put", "delete"}
    assert "post" in paths["/Products({ProductID})/Northwind.Discontinue"]
    assert "get" in paths["/Words(Word='{Word}',Times={Times})"]


def test_shapes_say_what_is_required():
    shapes = openapi.document(SERVICE, "/nw")["components"]["schemas"]
    assert shapes["ProductCreate"]["required"] == ["ProductName"]
    assert "ProductID" not in shapes["ProductCreate"]["properties"]
    assert "CustomerID" not in shapes["CustomerUpdate"]["properties"]
    assert shapes["Product"]["properties"]["ProductName"] == {"type": "string", "maxLength": 40}
    assert shapes["Product"]["properties"]["Colour"] == {
        "allOf": [{"$ref": "#/components/schemas/Colour"}],
        "nullable": True,
    }
    assert shapes["Note"]["additionalProperties"] is True


def test_the_hub_s_sets_have_a_page(db):
    page = HttpClient().get("/docs/odata/")
    assert page.status_code == 200
    script = HttpClient().get("/docs/odata/?script=").content.decode()
    assert "/docs/odata.json" in script
    assert HttpClient().get("/docs/odata.json").json()["info"]["title"] == "FinanceKey"
