"""IntegrationStart as its published page has it: requests as printed, replies by their samples' shapes."""

import json
from xml.etree import ElementTree

import pytest

from integrations.models import ExternalIntegration, IntegrationRun
from tests.acceptance.gravitate import DTO, INSTANCE, JSON_ORDER, MOMENT, START, XML_ORDER, start_in_xml
from tests.api import Program, acme_api, make_program, staff_api
from tests.cast import make_system

__all__ = ["acme_api", "staff_api"]


@pytest.fixture
def system(db):
    return make_system()


def post(program, body, content_type="application/json", path=START, **headers):
    body = body if isinstance(body, str | bytes) else json.dumps(body)
    return program.generic("POST", path, body, content_type=content_type, headers=headers)


def asked(system, name="sample string 2"):
    return {"SourceSystemId": system.pk, "IntegrationName": name}


def check_first_start(values, system):
    assert list(values) == JSON_ORDER
    assert values["IntegrationName"] == "sample string 2"
    assert values["SourceSystemId"] == system.pk
    assert MOMENT.fullmatch(values["LastRunStartDateTime"])
    assert values["ProcessStatusMeaning"] == "Running"
    assert isinstance(values["SourceId"], int)
    assert values["SourceIdString"] == str(values["SourceId"])
    unknown = ("LastRunEndDateTime", "MaxSyncDateTime", "MaxSyncDateMaxPKId", "CustomDatabaseValues")
    assert all(values[name] is None for name in unknown)


@pytest.mark.parametrize("media_type", ["application/json", "text/json", "text/html"])
def test_the_published_request_in_json(acme_api, system, media_type):
    response = post(acme_api, asked(system), media_type, accept=media_type)
    assert response.status_code == 200
    assert response["Content-Type"] == f"{media_type}; charset=utf-8"
    assert b": " not in response.content
    check_first_start(json.loads(response.content), system)


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml"])
def test_the_published_request_in_xml(acme_api, system, media_type):
    response = post(acme_api, start_in_xml(system.pk), media_type, accept=media_type)
    assert response.status_code == 200
    assert response["Content-Type"] == f"{media_type}; charset=utf-8"
    written = response.content.decode()
    assert written.startswith(f'<IntegrationStatusDTO xmlns:i="{INSTANCE}" xmlns="{DTO}">')
    assert '<CustomDatabaseValues i:nil="true" />' in written
    root = ElementTree.fromstring(written)  # noqa: S314
    assert [child.tag for child in root] == [f"{{{DTO}}}{name}" for name in XML_ORDER]
    assert root.findtext(f"{{{DTO}}}IntegrationName") == "sample string 2"


def test_a_form_with_names_in_any_case(acme_api, system):
    form = f"sourcesystemid={system.pk}&INTEGRATIONNAME=sample+string+2"
    response = post(acme_api, form, "application/x-www-form-urlencoded; charset=utf-8")
    check_first_start(response.json(), system)
    empty = post(
        acme_api, f"SourceSystemId={system.pk}&IntegrationName=", "application/x-www-form-urlencoded"
    )
    assert empty.status_code == 400
    assert list(empty.json()["ModelState"]) == ["request.IntegrationName"]


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("application/xml", "application/xml"),
        ("application/xml;q=0.5, text/json", "text/json"),
        ("text/json;q=0.2, application/xml;q=0.7, application/json;q=0.1", "application/xml"),
        ("text/*", "text/json"),
        ("*/*", "application/json"),
        ("application/pdf", "application/json"),
        ("application/json;q=0", "application/json"),
        ("TEXT/XML ; Q=1", "text/xml"),
        (",;q=,x;q=y", "application/json"),
        ("", "application/json"),
    ],
)
def test_accept_is_honoured_and_never_refused(acme_api, system, accept, answered):
    response = post(acme_api, asked(system), accept=accept)
    assert response.status_code == 200
    assert response["Content-Type"] == f"{answered}; charset=utf-8"


def test_without_a_wish_the_answer_is_of_the_body_s_type(acme_api, system):
    assert post(acme_api, start_in_xml(system.pk), "text/xml")["Content-Type"].startswith("text/xml")
    assert post(acme_api, start_in_xml(system.pk), "text/xml", accept="*/*")["Content-Type"].startswith(
        "text/xml"
    )


def test_the_path_is_found_in_any_case(acme_api, system):
    for path in (START.lower(), START.upper(), f"{START}/", f"/acme{START}", f"/acme{START.upper()}"):
        assert post(acme_api, asked(system), path=path).status_code == 200, path


def test_what_net_clients_send_is_read(acme_api, system):
    """A BOM, a quoted charset, lower-case names, numbers as texts, members nobody knows, a body in chunks."""
    body = f'{{"integrationname":"a","sourceSystemId":"{system.pk}","Extra":{{"x":[1]}}}}'
    answer = post(acme_api, b"\xef\xbb\xbf" + body.encode(), 'application/json; charset="utf-8"')
    assert answer.json()["IntegrationName"] == "a"
    xml = start_in_xml(system.pk, "b").replace("</IntegrationName>", "</IntegrationName><Extra>1</Extra>")
    for sent in (
        b"\xef\xbb\xbf" + xml.encode(),
        f'<?xml version="1.0" encoding="utf-16"?>{xml}'.encode("utf-16"),
    ):
        assert (
            post(acme_api, sent, "text/xml; charset=utf-8", accept="application/json").json()[
                "IntegrationName"
            ]
            == "b"
        )
    assert (
        post(acme_api, {"SourceSystemId": system.pk, "IntegrationName": 5}).json()["IntegrationName"] == "5"
    )
    for encoding in ("utf-16", "utf-16-le"):
        answer = post(acme_api, body.encode(encoding), "application/json; charset=utf-16")
        assert answer.json()["IntegrationName"] == "a"


def test_names_survive_every_encoding(acme_api, system):
    name = "Æ <b>&\"' ]]> é 😀 \t."
    for accept in ("application/json", "text/html"):
        assert (
            json.loads(post(acme_api, asked(system, name), accept=accept).content)["IntegrationName"] == name
        )
    assert b"<b>" not in post(acme_api, asked(system, name), accept="text/html").content
    root = ElementTree.fromstring(post(acme_api, asked(system, name), accept="text/xml").content)  # noqa: S314
    assert root.findtext(f"{{{DTO}}}IntegrationName") == name
    assert ExternalIntegration.objects.get().name == name


def state(response, status=400):
    assert response.status_code == status, response.content
    assert response.json()["Message"] == "The request is invalid."
    return response.json()["ModelState"]


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ("null", "request"),
        ("[]", "request"),
        ('"x"', "request"),
        ("", "request.SourceSystemId"),
        (" ", "request"),
        ('{"SourceSystemId": ""}', "request.SourceSystemId"),
        ("{}", "request.SourceSystemId"),
        ("{", "request"),
        ('{"SourceSystemId": 987654321, "IntegrationName": "x"}', "request.SourceSystemId"),
        ('{"SourceSystemId": 1.5}', "request.SourceSystemId"),
        ('{"SourceSystemId": true}', "request.SourceSystemId"),
        ('{"SourceSystemId": 99999999999}', "request.SourceSystemId"),
        ('{"SourceSystemId": "9%s"}' % ("9" * 5000), "request.SourceSystemId"),
        ('{"SourceSystemId": {"a": 1}}', "request.SourceSystemId"),
        ('{"IntegrationName": ["x"]}', "request.IntegrationName"),
        ('{"IntegrationName": "a\\u0001"}', "request.IntegrationName"),
        ('{"IntegrationName": "a\\u0000"}', "IntegrationName"),
        ('{"a":' * 2000 + "1" + "}" * 2000, "request"),
    ],
)
def test_a_bad_body_is_a_400_that_names_the_member(acme_api, body, member):
    assert member in state(post(acme_api, body))
    assert not ExternalIntegration.objects.exists()


def test_names_that_cannot_be_kept(acme_api, system):
    for name in ("", "  ", None, "x" * 257):
        assert list(state(post(acme_api, asked(system, name)))) == ["request.IntegrationName"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
BROKEN_XML = {
    "an entity": BOMB + "<x>&b;</x>",
    "a DTD": "<!DOCTYPE x><x/>",
    "an external entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "depth": "<a>" * 40_000,
    "no XML": "{}",
    "nothing": "",
    "an encoding nobody knows": '<?xml version="1.0" encoding="ebcdic-xx"?><x/>',
    "bytes that are no UTF-8": b"<x>\xff\xfe\xfa</x>",
    "a character XML has not": "<x>\x01</x>",
    "no namespace": "<IntegrationStartRequest/>",
    "another namespace": start_in_xml(1).replace("Gravitate.WCF.Integration.", "Other."),
    "another root": start_in_xml(1).replace("StartRequest", "EndRequest"),
    "a child of another namespace": start_in_xml(1).replace(
        "<IntegrationName>", '<IntegrationName xmlns="x">'
    ),
    "a child twice": start_in_xml(1).replace(
        "</IntegrationStart", "<SourceSystemId>1</SourceSystemId></IntegrationStart"
    ),
    "an element where a text belongs": start_in_xml("<b>1</b>"),
    "a number that is none": start_in_xml("one"),
    "a number too large": start_in_xml("1" * 19),
}


@pytest.mark.parametrize("body", BROKEN_XML.values(), ids=BROKEN_XML.keys())
def test_broken_xml_is_a_400_and_changes_nothing(acme_api, system, body):
    for media_type in ("application/xml", "text/xml"):
        response = post(acme_api, body, media_type, accept="application/json")
        if body or response.status_code != 400:
            assert state(response)
        assert b"root:" not in response.content
    assert not IntegrationRun.objects.exists()


def test_a_body_too_large_is_a_413(acme_api):
    for media_type in ("text/xml", "application/x-www-form-urlencoded"):
        response = post(acme_api, "<a>" + "x" * 300_000, media_type)
        assert response.status_code == 413
    assert post(acme_api, "a&" * 2000, "application/x-www-form-urlencoded").status_code == 400


def test_errors_are_worded_as_the_framework_words_them(acme_api, system, acme):
    stranger = Program()
    denied = post(stranger, asked(system))
    assert denied.status_code == 401
    assert denied.json() == {"Message": "Authorization has been denied for this request."}
    assert "Basic" in denied["WWW-Authenticate"]
    assert "Bearer" in denied["WWW-Authenticate"]
    unsupported = post(acme_api, "x", "text/plain")
    assert unsupported.status_code == 415
    told = "The request entity's media type 'text/plain' is not supported for this resource."
    assert unsupported.json() == {"Message": told}
    untyped = acme_api.generic("POST", START, "x", content_type="")
    assert untyped.status_code == 415
    assert (
        "no Content-Type header. The inferred media type 'application/octet-stream'"
        in untyped.json()["Message"]
    )
    get = acme_api.get(START)
    assert (get.status_code, get["Allow"]) == (405, "POST")
    assert get.json() == {"Message": "The requested resource does not support http method 'GET'."}
    nowhere = acme_api.get("/api/integration/Nothing")
    assert nowhere.status_code == 404
    uri = "http://testserver/api/integration/Nothing"
    assert nowhere.json()["Message"] == f"No HTTP resource was found that matches the request URI '{uri}'."
    assert nowhere.json()["MessageDetail"]
    for method in ("POST", "PUT", "OPTIONS"):
        assert (
            acme_api.generic(method, "/api/integration/No?x=1")
            .json()["Message"]
            .endswith("'http://testserver/api/integration/No?x=1'.")
        )
    missing = state(post(acme_api, {"IntegrationName": "x"}))
    assert missing == {"request.SourceSystemId": ["It is missing."]}
    reader = post(make_program(acme, ["read"]), asked(system))
    assert (reader.status_code, list(reader.json())) == (403, ["Message"])


def test_errors_in_xml(acme_api, system):
    written = post(acme_api, '{"SourceSystemId": "one"}', accept="text/xml").content.decode()
    assert written == (
        "<Error><Message>The request is invalid.</Message><ModelState>"
        "<request.SourceSystemId>It has to be an integer.</request.SourceSystemId></ModelState></Error>"
    )
    assert Program().post(START, accept="text/xml").status_code == 401


def test_a_failure_nobody_foresaw_is_told_in_the_same_shape(acme_api, system, monkeypatch):
    monkeypatch.setattr("integrations.runs.start", lambda *_, **__: 1 / 0)
    response = post(acme_api, asked(system))
    assert response.status_code == 500
    assert response.json() == {"Message": "An error has occurred."}


def test_staff_say_for_which_client(staff_api, acme, system):
    assert list(state(post(staff_api, asked(system)))) == ["request.X-Hub-Client"]
    assert post(staff_api, asked(system), path=f"/acme{START}").status_code == 200
    assert IntegrationRun.objects.get().client == acme
    unknown = post(staff_api, asked(system), path=f"/nobody{START}")
    assert unknown.status_code == 404
    assert unknown.json()["Message"].startswith("No HTTP resource was found")


def test_two_clients_with_the_same_names_stay_apart(acme_api, acme, borealis, system):
    own = make_system(borealis, name="Own")
    borealis_api = make_program(borealis)
    first, second = (post(program, asked(system)).json() for program in (acme_api, borealis_api))
    assert first["SourceId"] != second["SourceId"]
    assert {run.client.code for run in IntegrationRun.objects.filter(status="Running")} == {
        "acme",
        "borealis",
    }
    foreign, missing = post(acme_api, asked(own)), post(acme_api, {**asked(own), "SourceSystemId": 987654321})
    assert state(foreign) == state(missing)


def test_a_start_costs_a_fixed_number_of_questions(acme_api, system, django_assert_max_num_queries):
    post(acme_api, asked(system))
    ExternalIntegration.objects.bulk_create(
        ExternalIntegration(
            client_id=ExternalIntegration.objects.get().client_id, system=system, name=f"n{n}"
        )
        for n in range(30)
    )
    with django_assert_max_num_queries(9):
        post(acme_api, asked(system))
