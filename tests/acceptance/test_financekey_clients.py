"""Requests as known software sends them: Power Query, .NET's client, SAP's, and who speaks HTTP at large."""

import pytest

from integrations.models import Account
from tests.acceptance.financekey import faults, post, read
from tests.api import acme_api

__all__ = ["acme_api"]

# The one Accept header that Power Query, in Excel and Power BI, has for all that it asks.
POWER_QUERY = {
    "accept": "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
    "odata_maxversion": "4.0",
    "maxdataserviceversion": "3.0",
}
CHANGE_SET = """--batch_1
Content-Type: multipart/mixed; boundary=changeset_1

--changeset_1
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 1

POST http://testserver/OData/Accounts HTTP/1.1
OData-Version: 4.0
OData-MaxVersion: 4.0
Content-Type: application/json;odata.metadata=minimal
Accept: application/json;odata.metadata=minimal
Accept-Charset: UTF-8
User-Agent: Microsoft.OData.Client/7.12.5

{"@odata.type":"#FinanceKey.Account","Id":0,"Name":"Bank","AccountStateId":"Active",\
"AccountStateId@odata.type":"#String","CreatedOn":"0001-01-01T00:00:00Z","ClientCode":null}
--changeset_1
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 2

PATCH http://testserver/OData/$1 HTTP/1.1
Content-Type: application/json;odata.metadata=minimal
If-Match: W/"1"

{"Name":"Another bank"}
--changeset_1--
--batch_1--
"""


def test_power_query_gets_each_thing_in_the_form_that_it_reads(acme_api):
    for path, kind in (
        ("", "application/json;odata.metadata=minimal"),
        ("$metadata", "application/xml"),
        ("Directions?$top=1000&$select=Id,Name", "application/json;odata.metadata=minimal"),
        ("Directions/$count", "text/plain;charset=utf-8"),
    ):
        response = acme_api.get(f"/OData/{path}", headers=POWER_QUERY)
        assert (response.status_code, response["Content-Type"]) == (200, kind), path
        assert response["OData-Version"] == "4.0"


def test_a_change_set_of_net_happens(acme_api):
    body = CHANGE_SET.replace("\n", "\r\n").encode()
    response = acme_api.post("/OData/$batch", body, content_type="multipart/mixed; boundary=batch_1")
    lines = response.content.decode().splitlines()
    assert [line[9:12] for line in lines if line.startswith("HTTP/1.1")] == ["201", "200"]
    assert list(Account.objects.values_list("name", "state_id")) == [("Another bank", "Active")]


def test_sap_s_probe_for_a_token_finds_an_answer(acme_api):
    for path in ("/OData", "/OData/", "/OData/Accounts", "/OData/Accounts/"):
        response = acme_api.head(path, headers={"x_csrf_token": "Fetch"})
        assert (response.status_code, response.content) == (200, b"")
    assert read(acme_api, "Directions?sap-client=100&sap-language=EN&$orderby=Id")["value"]


@pytest.mark.parametrize("method", ["OPTIONS", "MERGE", "TRACE", "LINK"])
def test_a_method_that_there_is_not_hears_of_those_that_there_are(acme_api, method):
    response = acme_api.generic(method, "/OData/Accounts")
    faults(response, 405)
    assert response["Allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE"


def test_who_asks_for_a_snapshot_is_not_served_without_one(acme_api):
    for name in ("odata_isolation", "isolation"):
        faults(acme_api.get("/OData/Directions", headers={name: "snapshot"}), 412)
        faults(post(acme_api, "Accounts", {"Name": "Bank"}, **{name: "snapshot"}), 412)
    assert not Account.objects.exists()
