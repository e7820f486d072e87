"""GetEngineStatus as its published page has it, and all that NetServer's clients rely on around it."""

import json
import re
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client as HttpClient

from integrations import credentials, engine_switch
from integrations.models import EngineSwitch
from tests.acceptance.superoffice import OPERATIONS, ROOT, call, error
from tests.api import acme_api, make_program, staff_api
from tests.wire.authentication.malformed import basic

__all__ = ["acme_api", "staff_api"]

STATUS = f"{ROOT}/GetEngineStatus"
RAW = 'US:"The engine is running.";NO:"Motoren kjører.";SW:"Motorn är igång.";GE:"Die Engine läuft."'


def right(mask):
    return {"Mask": mask, "Reason": ""}


def test_the_published_request(acme, now):
    issued = credentials.issue("basic", now=now, client=acme, scopes=["erpsync"])
    headers = {
        "authorization": basic(f"{issued.credential.prefix}:{issued.secret}".encode()),
        "accept": "application/json; charset=utf-8",
        "accept-language": "sv",
    }
    response = HttpClient().generic("POST", STATUS, headers=headers)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(response.content) == {
        "IsRunning": True,
        "StatusMessage": "Motorn är igång.",
        "Interval": "00:01:00",
        "TableRight": right("Select, Update"),
        "FieldProperties": {
            "IsRunning": {"FieldRight": right("Update"), "FieldType": "System.Boolean", "FieldLength": 0},
            "StatusMessage": {"FieldRight": right("Read"), "FieldType": "System.String", "FieldLength": 0},
            "Interval": {"FieldRight": right("Update"), "FieldType": "System.String", "FieldLength": 0},
        },
    }
    assert list(response.json()) == [
        "IsRunning",
        "StatusMessage",
        "Interval",
        "TableRight",
        "FieldProperties",
    ]


@pytest.mark.parametrize("scheme", ["basic", "bearer", "soticket"])
def test_every_scheme_in_any_spelling(acme, now, scheme):
    issued = credentials.issue(scheme, now=now, client=acme, scopes=["erpsync"])
    sent = f"Bearer {issued.token}"
    if scheme == "basic":
        sent = basic(f"{issued.credential.prefix}:{issued.secret}".encode())
    elif scheme == "soticket":
        sent = f"SOTicket {issued.token}"
        assert issued.token.startswith("7T:")
    name, _, rest = sent.partition(" ")
    for spelling in (name, name.lower(), name.upper(), name.swapcase()):
        assert (
            HttpClient().generic("POST", STATUS, headers={"authorization": f"{spelling} {rest}"}).status_code
            == 200
        )


@pytest.mark.parametrize(
    ("select", "told"),
    [
        ("IsRunning", {"IsRunning"}),
        ("isrunning, INTERVAL", {"IsRunning", "Interval"}),
        ("name,department,category/id", set()),
        ("IsRunning,TableRight", {"IsRunning", "TableRight"}),
        ("FieldProperties", {"FieldProperties"}),
        ("", {"IsRunning", "StatusMessage", "Interval", "TableRight", "FieldProperties"}),
    ],
)
def test_select_nulls_out_what_is_not_wanted(acme_api, select, told):
    answer = call(acme_api, "GetEngineStatus", query=f"?$select={select}").json()
    assert {name for name, value in answer.items() if value is not None} == told
    assert list(answer) == ["IsRunning", "StatusMessage", "Interval", "TableRight", "FieldProperties"]


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "text/json", "application/json-patch+json", "application/merge-patch+json"],
)
def test_json_in_and_out_under_all_its_names(acme_api, media_type):
    response = acme_api.generic(
        "POST", f"{ROOT}/ChangeEngineStatus", b'\xef\xbb\xbf{"run":false,"Extra":{}}',
        content_type=f'{media_type}; charset="utf-8"', headers={"accept": media_type},
    )  # fmt: skip
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == f"{media_type}; charset=utf-8"
    assert json.loads(response.content)["IsRunning"] is False


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml"])
def test_xml_in_and_out(acme_api, media_type):
    body = "<ChangeEngineStatus><run>false</run></ChangeEngineStatus>"
    response = acme_api.generic(
        "POST", f"{ROOT}/ChangeEngineStatus", body, content_type=media_type, headers={"accept": media_type}
    )
    assert response["Content-Type"] == f"{media_type}; charset=utf-8"
    root = ElementTree.fromstring(response.content)  # noqa: S314
    assert root.tag == "ErpSyncEngineStatus"
    assert [child.tag for child in root] == [
        "IsRunning", "StatusMessage", "Interval", "TableRight", "FieldProperties",
    ]  # fmt: skip
    assert (root.findtext("IsRunning"), root.findtext("TableRight/Mask")) == ("false", "Select, Update")
    connectors = acme_api.generic("POST", f"{ROOT}/GetAllConnectors", headers={"accept": media_type}).content
    assert connectors == b"<ArrayOfListItem></ArrayOfListItem>"


def test_a_form_and_the_query_name_arguments_too(acme_api):
    form = acme_api.generic(
        "POST", f"{ROOT}/ChangeEngineStatus", "RUN=False", content_type="application/x-www-form-urlencoded"
    )
    assert form.json()["IsRunning"] is False
    assert call(acme_api, "ChangeEngineStatus", query="?rUn=true").json()["IsRunning"] is True


def test_json_in_utf_16_is_read(acme_api):
    body = '{"run": false}'.encode("utf-16")
    response = acme_api.generic(
        "POST", f"{ROOT}/ChangeEngineStatus", body, content_type="application/json; charset=utf-16"
    )
    assert response.json()["IsRunning"] is False


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b"  null ", b"\xef\xbb\xbf", b"\r\n"])
def test_nothing_to_say_is_said_in_several_ways(acme_api, body):
    for content_type in ("application/json", "text/json"):
        response = acme_api.generic("POST", STATUS, body, content_type=content_type)
        assert response.status_code == 200
    assert acme_api.generic("POST", STATUS, b"", content_type="").status_code == 200


def test_the_path_in_any_case_and_with_the_client_before_it(acme_api, staff_api, acme):
    for path in (STATUS.lower(), STATUS.upper(), f"{STATUS}/", f"/acme{STATUS}", f"/acme{STATUS.lower()}"):
        assert call(acme_api, path).status_code == 200
    error(call(acme_api, f"/nobody{STATUS}"), 404, "SoNotFoundException")
    assert call(staff_api, f"/acme{ROOT}/ChangeEngineStatus", {"run": False}).json()["IsRunning"] is False
    assert EngineSwitch.objects.get().client == acme


# Language, culture, time zone


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, RAW),
        ({"accept-language": "en"}, "The engine is running."),
        ({"accept-language": "nb-NO,nb;q=0.9"}, "Motoren kjører."),
        ({"accept-language": "de-AT"}, "Die Engine läuft."),
        ({"accept-language": "fr,de,ru"}, "Die Engine läuft."),
        ({"accept-language": "fr"}, "The engine is running."),
        ({"accept-language": "sv;q=0.1, de;q=0.9"}, "Die Engine läuft."),
        ({"accept-language": "en;q=0, *;q=0.1, sv"}, "Motorn är igång."),
        ({"so-language": "no", "accept-language": "de"}, "Motoren kjører."),
        ({"so-language": "US", "accept-language": "de"}, "The engine is running."),
        ({"accept-language": "*"}, RAW),
        ({"so-language": "x", "accept-language": "de"}, RAW),
    ],
)
def test_the_language_is_chosen_by_headers(acme_api, headers, told):
    assert call(acme_api, "GetEngineStatus", **headers).json()["StatusMessage"] == told


def test_the_culture_is_that_of_dates_inside_of_texts_only(acme_api, acme, as_acme):
    stopped = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
    engine_switch.switch(acme, False, by=as_acme, now=stopped)

    def told(**headers):
        return call(acme_api, "GetEngineStatus", **headers).json()["StatusMessage"]

    assert told(**{"so-language": "de"}) == "Die Engine ist seit 02.03.2026 15:04 angehalten."
    assert re.fullmatch(r"[^.]+ p\.m\.", told(**{"so-language": "en"}))
    assert "2026-03-02 15:04" in told(**{"so-language": "de", "so-culture": "sv"})
    assert told(**{"so-language": "de", "so-culture": "sv"}).startswith("Die Engine")
    assert "2026-03-02T15:04:05" in told(**{"so-culture": "sv"}), "ignored without a language"


def test_the_time_zone_is_answered_and_an_unknown_one_refused(acme_api):
    for zone in ("UTC", "utc,includeTZOffset", "261", "Europe/Oslo , includetzoffset", "us-ny"):
        response = call(acme_api, "GetEngineStatus", **{"so-timezone": zone})
        assert (response.status_code, response["SO-TIMEZONE"]) == (200, zone)
    for zone in ("Atlantis", "localtime", "../../etc/localtime", "9999"):
        assert "SO-TimeZone" in error(call(acme_api, "GetEngineStatus", **{"so-timezone": zone}))


# What there is


def test_the_index_is_open_to_all(db, acme_api):
    stranger = HttpClient()
    index = stranger.get("/api").json()
    assert (index["v1"], index["Version"]) == ("http://testserver/api/v1", "v1")
    assert set(index) == {"v1", "Version", "NetServerVersion", "NetServerDate", "Services"}
    assert date.fromisoformat(index["NetServerDate"])
    described = stranger.get("/api/v1/").json()
    assert set(described) == {f"http://testserver{ROOT}/{name}" for name in OPERATIONS}
    assert all(list(each) == ["POST"] and each["POST"] for each in described.values())
    page = stranger.get("/API", headers={"accept": "text/html,*/*;q=0.8"})
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert b'<a href="http://testserver/api/v1"' in page.content
    assert acme_api.get("/acme/api").json()["v1"] == "http://testserver/acme/api/v1"
    assert error(stranger.post("/api"), 405, "NotSupportedException")
    for method in ("GET", "POST", "PUT", "OPTIONS"):
        assert error(stranger.generic(method, "/api/v2/x"), 404, "SoNotFoundException")


def test_none_of_the_49_is_unknown_and_get_runs_none(acme_api):
    assert len(set(OPERATIONS)) == 49
    for name in OPERATIONS:
        assert acme_api.get(f"{ROOT}/{name}").json()["Name"] == name
        response = call(acme_api, name)
        assert response.status_code in (200, 204, 400, 501), (name, response.content)
        if response.status_code == 501:
            assert name in error(response, 501, "NotImplementedException")
    assert error(call(acme_api, "GetSomething"), 404, "SoNotFoundException")
    told = acme_api.get(f"{ROOT}/ChangeEngineStatus").json()
    assert (told["Method"], told["Parameters"]) == ("POST", {"Run": "required"})
    assert not EngineSwitch.objects.filter(running=False).exists()


# Who may


def test_the_agent_is_closed_to_credentials_without_its_scope(acme):
    for scopes in (["read", "write", "operate"],):
        refusal = error(call(make_program(acme, scopes), "GetEngineStatus"), 403, "SoRightsException")
        assert "Online restricted" in refusal


def test_who_says_nothing_is_refused(db):
    response = HttpClient().post(STATUS)
    error(response, 401, "SoSessionException")
    assert "Basic" in response["WWW-Authenticate"]
    for method in ("put", "patch", "delete"):
        assert getattr(HttpClient(), method)(STATUS).status_code == 401


def test_other_verbs_and_types_are_refused(acme_api):
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        response = acme_api.generic(method, STATUS)
        error(response, 405, "NotSupportedException")
        assert "POST" in response["Allow"]
    for content_type in ("text/plain", "multipart/form-data", "text/html", "\xff"):
        response = acme_api.generic("POST", STATUS, "x", content_type=content_type)
        error(response, 415, "NotSupportedException")


def test_a_session_needs_its_token_and_loses_it_at_the_end(db):
    User.objects.create_superuser("root", password="root")
    browser = HttpClient(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/api").status_code == 200
    token = browser.cookies["XSRF-TOKEN"].value
    error(browser.generic("POST", STATUS), 401, "SoSessionException")
    error(browser.generic("POST", STATUS, headers={"x-xsrf-token": token[::-1]}), 401, "SoSessionException")
    assert browser.generic("POST", STATUS, headers={"x-xsrf-token": token}).status_code == 200
    assert browser.get(STATUS).json()["Name"] == "GetEngineStatus"
    browser.logout()
    error(browser.generic("POST", STATUS, headers={"x-xsrf-token": token}), 401, "SoSessionException")


def test_where_apps_are_known_an_unknown_one_is_refused(acme_api, settings):
    settings.HUB_ERPSYNC_APP_TOKENS = ["first", "second"]
    assert call(acme_api, "GetEngineStatus", **{"so-apptoken": "second"}).status_code == 200
    for token in ({}, {"so-apptoken": "third"}, {"so-apptoken": "\xe6"}):
        assert "SO-AppToken" in error(call(acme_api, "GetEngineStatus", **token), 403, "SoRightsException")


def test_a_failure_nobody_foresaw_is_told_in_the_same_shape(acme_api, monkeypatch):
    monkeypatch.setattr("integrations.engine_switch.look", lambda *_: 1 / 0)
    error(call(acme_api, "GetEngineStatus"), 500, "SoException")


MALFORMED = [
    f"{scheme}{blank}{rest}"
    for scheme in (
        "Basic",
        "bearer",
        "SOTICKET",
        "Digest",
        "",
        "Basic Basic",
        "7T:",
        "Negotiate",
        "soticket:",
        "é",
    )
    for blank in ("", " ", "\t", "  ")
    for rest in ("", "7T:", "8A:Cust1.x", "====", "\x01")
]


@pytest.mark.django_db
def test_two_hundred_malformed_headers_are_refused_and_change_nothing():
    assert len(MALFORMED) == 200
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False):
        answers = {
            HttpClient().post(f"{ROOT}/ChangeEngineStatus", {"run": False}, content_type="application/json",
                              headers={"authorization": header}, REMOTE_ADDR=f"192.0.2.{number}").status_code
            for number, header in enumerate(MALFORMED)
        }  # fmt: skip
    assert answers == {401}
    assert not EngineSwitch.objects.exists()


BROKEN_XML = {
    "an entity": '<!DOCTYPE x [<!ENTITY a "aaa">]><ChangeEngineStatus><Run>&a;</Run></ChangeEngineStatus>',
    "a DTD": "<!DOCTYPE x><ChangeEngineStatus><Run>false</Run></ChangeEngineStatus>",
    "depth": "<a>" * 40_000,
    "no XML": "{",
    "an element within a value": "<x><Run><b>false</b></Run></x>",
    "no value": "<x><Run/></x>",
    "a value twice": "<x><Run>false</Run><run>true</run></x>",
    "two namespaces": '<x><Run>false</Run><Sure xmlns="urn:other">true</Sure></x>',
    "nil": '<x xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Run i:nil="true"/></x>',
}


@pytest.mark.parametrize("body", BROKEN_XML.values(), ids=BROKEN_XML.keys())
def test_broken_xml_is_a_400_and_changes_nothing(acme_api, body):
    response = acme_api.generic("POST", f"{ROOT}/ChangeEngineStatus", body, content_type="text/xml",
                                headers={"accept": "application/json"})  # fmt: skip
    error(response)
    assert not EngineSwitch.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "[1]",
        '"x"',
        "{",
        '{"run":',
        '{"run":false,"run":true}',
        '{"a":' * 2000 + "1" + "}" * 2000,
        '{"run":NaN}',
    ],
)
def test_broken_json_is_a_400_and_changes_nothing(acme_api, body):
    path = f"{ROOT}/ChangeEngineStatus"
    error(acme_api.generic("POST", path, body, content_type="application/json"))
    assert not EngineSwitch.objects.exists()
