"""What the surface is like as a whole: its root, its methods, its headers, its errors."""

import json

import pytest
from django.db import OperationalError
from django.test import Client as HttpClient

from integrations.api.definitions import IntegrationViewSet
from tests.api import fields
from tests.cast import make_schedule

PATH = "/hub/v1/schedules/"


def test_the_root_leads_to_every_resource(acme_api):
    root = acme_api.get("/hub/v1/").json()
    assert {"records", "integrations", "client-integrations", "queue", "runs", "action-logs"} <= set(root)
    assert root["queue"] == "http://testserver/hub/v1/queue/"


def test_every_resource_answers_its_list(acme_api, payment):
    root = acme_api.get("/hub/v1/").json()
    for name, url in root.items():
        response = acme_api.get(url, {"entity": "Payment"} if name == "records" else {})
        assert response.status_code == 200
        assert set(response.json()) == {"count", "next", "results"}


@pytest.mark.parametrize(
    "path",
    [
        "/hub/v1/nowhere/",
        "/hub/v1/queue/x/",
        "/hub/v1/queue/1/x/",
        "/hub/v1/queue/\N{ARABIC-INDIC DIGIT ONE}/",
    ],
)
def test_a_path_that_leads_nowhere_is_a_problem(acme_api, path):
    response = acme_api.get(path)
    assert response.status_code == 404
    assert fields(response) == {}
    assert HttpClient().get(path).status_code == 401


def test_a_path_without_its_slash_is_redirected_for_reading(acme_api):
    response = acme_api.get("/hub/v1/queue/1/x")
    assert response.status_code == 404


def test_a_key_beyond_all_numbers_finds_nothing(acme_api):
    for digits in (20, 400, 5000):
        assert acme_api.get(f"{PATH}{'9' * digits}/").status_code == 404


@pytest.mark.parametrize("method", ["put", "options", "trace"])
def test_a_method_that_no_resource_has_is_refused(acme_api, method):
    response = acme_api.generic(method.upper(), PATH)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"
    assert fields(response) == {}


def test_a_method_that_this_resource_lacks_is_refused(acme_api):
    response = acme_api.post_json("/hub/v1/runs/", {})
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_a_head_is_a_get_without_its_body(acme_api):
    response = acme_api.head(PATH)
    assert response.status_code == 200
    assert response.content == b""


def test_a_method_cannot_be_overridden(acme_api, acme):
    schedule = make_schedule(acme)
    acme_api.get(f"{PATH}{schedule.pk}/", headers={"x-http-method-override": "DELETE"})
    assert acme_api.get(f"{PATH}{schedule.pk}/").status_code == 200


def test_answers_are_not_kept_by_caches(acme_api):
    assert acme_api.get(PATH)["Cache-Control"] == "no-store"
    assert acme_api.get("/hub/v1/nowhere/")["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 1000 + b"]" * 1000, "application/json", 400),
        (b'{"name": "a", "name": "b"}', "application/json", 400),
        (b'{"name": "\\u0000"}', "application/json", 400),
        (b'{"name": "\\ud800"}', "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b"null", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"name=a", "application/x-www-form-urlencoded", 415),
        (b"<a/>", "text/xml", 415),
        (b"{}", "", 415),
        (b"{}", "nonsense", 415),
        (b" " * (10 * 1024 * 1024 + 1), "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(acme_api, body, content_type, status):
    response = acme_api.post(PATH, body, content_type=content_type)
    assert response.status_code == status
    assert len(fields(response)) <= 1


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON; charset="utf-8"'],
)
def test_json_is_json_however_it_is_called(acme_api, content_type):
    body = b"\xef\xbb\xbf" + json.dumps({"name": "Mine", "cron": "0 6 * * *"}).encode()
    assert acme_api.post(PATH, body, content_type=content_type).status_code == 201


def test_an_answer_that_cannot_be_given_is_a_406(acme_api):
    response = acme_api.get(PATH, headers={"accept": "text/xml"})
    assert response.status_code == 406
    assert fields(response) == {}


def test_a_database_that_does_not_answer_is_a_503(acme_api, monkeypatch):
    def time_out(self):
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(IntegrationViewSet, "get_queryset", time_out)
    response = acme_api.get("/hub/v1/integrations/")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "statement" not in response.content.decode()


def test_a_bug_is_a_500_that_shows_nothing(acme_api, monkeypatch):
    def fail(self):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(IntegrationViewSet, "get_queryset", fail)
    acme_api.raise_request_exception = False
    response = acme_api.get("/hub/v1/integrations/")
    assert response.status_code == 500
    assert fields(response) == {}
    assert "secret" not in response.content.decode()


def test_a_host_that_is_not_ours_is_a_bad_request(acme_api):
    response = acme_api.get("/hub/v1/", headers={"host": "evil.example.com"})
    assert response.status_code == 400
    assert fields(response) == {}
