"""POST /OData/$batch in both of its formats: many requests in one, some of them all or nothing."""

import json

import pytest

from integrations.models import Account
from tests.acceptance.financekey import faults, post, read
from tests.api import acme_api

__all__ = ["acme_api"]


def request(name, method, url, body=None, **more):
    given = {} if body is None else {"body": body, "headers": {"content-type": "application/json"}}
    return {"id": name, "method": method, "url": url, **given, **more}


def send(api, *parts, **headers):
    response = post(api, "$batch", {"requests": list(parts)}, **headers)
    assert response.status_code == 200, response.content
    return response.json()["responses"]


def statuses(responses):
    return [(each["id"], each["status"]) for each in responses]


ROOTS = ("", "/OData/v1/", "http://testserver/OData/", "/acme/OData/")


def names():
    return sorted(Account.objects.values_list("name", flat=True))


def multipart(*lines, ending="\r\n"):
    return ending.join(lines).encode()


def send_multipart(api, body, content_type="multipart/mixed; boundary=b", **headers):
    return api.post("/OData/$batch", body, content_type=content_type, headers=headers)


def test_parts_are_answered_as_if_they_had_come_alone(acme_api):
    responses = send(
        acme_api,
        request("a", "post", "Accounts", {"Name": "One"}),
        request("b", "GET", "/OData/Accounts?$select=Name&$count=true"),
        request("c", "get", "http://testserver/OData/Accounts/%24count"),
        request("d", "get", "Accounts(987654321)"),
        request("e", "get", "Accounts?%24top=0"),
        request("f", "get", "$batch"),
        request("g", "get", "Accounts", headers={"ACCEPT": "application/json;odata.metadata=none"}),
        request("h", "get", "/odata/v1/Accounts?$top=0"),
        request("i", "get", "/OData/v1"),
    )
    codes = (201, 200, 200, 404, 200, 400, 200, 200, 200)
    assert statuses(responses) == list(zip("abcdefghi", codes, strict=True))
    by_id = {each["id"]: each for each in responses}
    assert by_id["a"]["headers"]["Location"].endswith(f"/OData/Accounts({by_id['a']['body']['Id']})")
    assert by_id["b"]["body"]["value"][0]["Name"] == "One"
    assert by_id["c"]["body"] == "1"
    assert by_id["d"]["body"]["error"]["code"] == "404"
    assert set(by_id["g"]["body"]) == {"value"}
    assert all(each["headers"]["OData-Version"] == "4.0" for each in responses)


def test_parts_need_not_name_the_version_that_the_batch_names(acme_api):
    parts = {"requests": [request(str(n), "get", f"{root}Directions") for n, root in enumerate(ROOTS)]}
    response = acme_api.post("/OData/v1/$batch", json.dumps(parts), content_type="application/json")
    assert [each["status"] for each in response.json()["responses"]] == [200, 200, 200, 400]


def test_a_group_happens_as_a_whole_or_not_at_all(acme_api):
    responses = send(
        acme_api,
        request("1", "post", "Accounts", {"Name": "Before"}),
        request("2", "post", "Accounts", {"Name": "Undone"}, atomicityGroup="g"),
        request("3", "post", "Accounts", {"Name": ""}, atomicityGroup="g"),
        request("4", "post", "Accounts", {"Name": "Never"}, atomicityGroup="g"),
        request("5", "get", "$2", dependsOn=["2"]),
        request("6", "get", "Accounts/$count", dependsOn=["g"]),
        request("7", "post", "Accounts", {"Name": "After"}, dependsOn=["1"]),
    )
    assert statuses(responses) == list(zip("1234567", (201, 424, 400, 424, 424, 424, 201), strict=True))
    assert names() == ["After", "Before"]
    stopped = send(
        acme_api,
        request("1", "post", "Accounts", {"Name": ""}),
        request("2", "post", "Accounts", {"Name": "Not reached"}),
        prefer="odata.continue-on-error=false",
    )
    assert statuses(stopped) == [("1", 400)]


def test_later_parts_refer_to_what_earlier_ones_made(acme_api, acme_payments):
    link = {"ClientIntegrationId": acme_payments.pk, "Account@odata.bind": "$new", "APIReference": "r"}
    responses = send(
        acme_api,
        request("new", "post", "Accounts", {"Name": "Bank"}, atomicityGroup="g"),
        request("link", "post", "ClientIntegrationAccounts", link, atomicityGroup="g"),
        request("all", "get", "$new/ClientIntegrationAccounts?$expand=Account", dependsOn=["g"]),
        request("change", "patch", "$new", {"AccountStateId": "Closed"}),
        request("quiet", "post", "Accounts", {"Name": "Q"}, headers={"prefer": "return=minimal"}),
        request("seen", "get", "$quiet/Name/$value"),
        request("whole", "get", "http://testserver/OData/$quiet/Name"),
        request("rooted", "get", "/odata/$quiet?$select=Name"),
        request("meta", "head", "/OData/$metadata"),
    )
    found = {each["id"]: each for each in responses}
    assert [each["status"] for each in responses] == [201, 201, 200, 200, 204, 200, 200, 200, 200], responses
    assert found["all"]["body"]["value"][0]["Account"]["Name"] == "Bank"
    assert found["change"]["body"]["AccountStateId"] == "Closed"
    assert (found["quiet"].get("body"), found["seen"]["body"]) == (None, "Q")
    assert (found["whole"]["body"]["value"], found["rooted"]["body"]["Name"]) == ("Q", "Q")


def test_a_number_of_a_billion_digits_takes_no_room(acme_api):
    part = b'{"id": "1", "method": "post", "url": "Accounts", "body": {"Name": 1e999999999}}'
    response = acme_api.post("/OData/$batch", b'{"requests": [%b]}' % part, content_type="application/json")
    [answer] = response.json()["responses"]
    assert (answer["status"], answer["body"]["error"]["message"]) == (400, "Name must be a text.")


def test_a_condition_on_a_part_is_not_implemented_and_says_so(acme_api):
    responses = send(
        acme_api,
        request("1", "get", "Accounts/$count"),
        request("2", "post", "Accounts", {"Name": "One"}, **{"if": "$1 eq 0"}),
    )
    assert statuses(responses) == [("1", 200), ("2", 501)]
    assert "`if`" in responses[1]["body"]["error"]["message"]
    assert names() == []


@pytest.mark.parametrize(
    ("parts", "target"),
    [
        ({}, "requests"),
        ({"requests": [1]}, "requests/0"),
        ({"requests": [{"id": "1", "method": "get"}]}, "requests/0/url"),
        ({"requests": [{"method": "get", "url": "Accounts"}]}, "requests/0/id"),
        ({"requests": [{"id": "1", "method": "fetch", "url": "Accounts"}]}, "requests/0/method"),
        (
            {"requests": [{"id": "1", "method": "get", "url": "Accounts", "headers": {"a": 1}}]},
            "requests/0/headers",
        ),
        (
            {"requests": [{"id": "1", "method": "get", "url": "Accounts", "dependsOn": "x"}]},
            "requests/0/dependsOn",
        ),
        (
            {"requests": [{"id": "1", "method": "get", "url": "Accounts", "dependsOn": ["2"]}]},
            "requests/0/dependsOn",
        ),
        ({"requests": [{"id": "1", "method": "get", "url": "Accounts"}] * 2}, "requests/1/id"),
        (
            {
                "requests": [
                    {"id": str(number), "method": "get", "url": "Accounts", "atomicityGroup": group}
                    for number, group in enumerate("aba")
                ]
            },
            "requests/2/atomicityGroup",
        ),
        ({"requests": [{"id": "1", "method": "post", "url": "Accounts", "body": 2**70}]}, "requests/0/body"),
    ],
)
def test_a_batch_that_does_not_hold_together_is_refused_as_one(acme_api, parts, target):
    response = post(acme_api, "$batch", parts)
    faults(response)
    assert response.json()["error"]["target"] == target
    assert not Account.objects.exists()


def test_a_batch_is_bounded_and_of_a_known_format(acme_api):
    parts = [request(str(number), "get", "Directions/$count") for number in range(101)]
    response = post(acme_api, "$batch", {"requests": parts})
    faults(response)
    assert "100" in response.json()["error"]["message"]
    for content_type, status in (
        ("multipart/mixed", 400),
        ("multipart/mixed; boundary=other", 400),
        ("text/plain", 415),
        ("", 415),
    ):
        faults(send_multipart(acme_api, b"--b--", content_type), status)
    faults(acme_api.get("/OData/$batch"), 405)


CHANGE_SET = (
    "--b",
    "Content-Type: application/http",
    "Content-Transfer-Encoding: binary",
    "",
    "GET Accounts?$select=Name HTTP/1.1",
    "Accept: application/json;odata.metadata=none",
    "",
    "",
    "--b",
    'Content-Type: multipart/mixed; boundary="c"',
    "",
    "--c",
    "Content-Type: application/http",
    "Content-ID: 1",
    "",
    "POST /OData/Accounts HTTP/1.1",
    "Content-Type: application/json",
    "",
    '{"Name": "Made"}',
    "--c",
    "Content-Type: application/http",
    "content-id: 2",
    "",
    "PATCH $1 HTTP/1.1",
    "Content-Type: application/json",
    "Prefer: return=minimal",
    "",
    '{"AccountStateId": "%s"}',
    "--c--",
    "",
    "--b--",
    "",
)


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_multipart_has_change_sets(acme_api, ending):
    body = multipart(*CHANGE_SET, ending=ending)
    refused = send_multipart(acme_api, body % b"Lost", accept="application/json")
    assert refused.status_code == 200
    assert refused["Content-Type"].startswith("multipart/mixed;boundary=batchresponse_")
    text = refused.content.decode()
    assert text.count("HTTP/1.1 ") == 2
    assert "HTTP/1.1 400 Bad Request" in text
    assert "AccountStateId" in text
    assert names() == []
    done = send_multipart(acme_api, body % b"Closed").content.decode()
    assert [line[9:12] for line in done.splitlines() if line.startswith("HTTP/1.1")] == ["200", "201", "204"]
    assert "boundary=changesetresponse_" in done
    assert [line for line in done.splitlines() if line.startswith("Content-ID")] == [
        "Content-ID: 1",
        "Content-ID: 2",
    ]
    assert names() == ["Made"]
    assert read(acme_api, "Accounts")["value"][0]["AccountStateId"] == "Closed"


def test_multipart_is_read_as_it_is_written_by_many(acme_api):
    body = multipart(
        "a preamble",
        "--b",
        "Content-Type: application/http",
        "",
        "",
        "GET http://testserver/odata/Accounts/$count",
        "--b  ",
        "Content-Type: application/http",
        "Content-ID: x",
        "",
        "GET Accounts/%24count HTTP/1.1",
        "Host: testserver",
        "",
        "--b",
        "Content-Type: application/http",
        "",
        "nonsense",
        "--b",
        "Content-Type: application/http",
        "",
        "GET /OData/Accounts HTTP/1.1",
        "Host: elsewhere.example",
        "",
        "--b",
        "Content-Type: multipart/mixed; boundary=c",
        "",
        "--c",
        "Content-Type: application/http",
        "",
        "GET Accounts HTTP/1.1",
        "--c--",
        "--b--",
        "an epilogue",
    )
    text = send_multipart(acme_api, body).content.decode()
    codes = [line[9:12] for line in text.splitlines() if line.startswith("HTTP/1.1")]
    assert codes == ["200", "200", "400", "400", "400"]


def test_the_answer_is_in_the_format_of_the_request_unless_only_the_other_is_read(acme_api):
    parts = {"requests": [request("1", "get", "Directions/$count")]}
    for accept, kind in (
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("multipart/mixed, application/json", "application/json"),
        ("multipart/mixed", "multipart/mixed"),
    ):
        response = post(acme_api, "$batch", parts, accept=accept)
        assert response["Content-Type"].startswith(kind), accept


def test_a_part_that_nobody_foresaw_leaves_the_others_alone(acme_api, monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise ZeroDivisionError("a secret of the implementation")

    monkeypatch.setattr("integrations.accounts.clean", fail)
    responses = send(
        acme_api,
        request("1", "post", "Accounts", {"Name": "One"}),
        request("2", "get", "Accounts/$count"),
    )
    assert statuses(responses) == [("1", 500), ("2", 200)]
    assert "secret" not in json.dumps(responses)
    assert "batch_part_failed" in caplog.text
