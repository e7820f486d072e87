"""Who calls: credentials, sessions, and the client that staff act for."""

import base64
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client as HttpClient

from integrationhub.wire.authentication.failures import ALLOWED
from integrations import credentials
from integrations.models import Membership
from integrations.principals import Scope
from tests.api import fields, make_program
from tests.wire.authentication.malformed import MALFORMED, basic

PATH = "/hub/v1/clients/"
CHALLENGE = 'Basic realm="integrationhub", charset="UTF-8", Bearer realm="integrationhub"'


def codes(response):
    assert response.status_code == 200, response.json()
    return [row["code"] for row in response.json()["results"]]


def get(path=PATH, *, address="192.0.2.1", **headers):
    return HttpClient().get(path, headers=headers, REMOTE_ADDR=address)


def sign_in(user, **options):
    program = HttpClient(**options)
    program.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return program


@pytest.fixture
def member(acme):
    user = User.objects.create_user("member", password="member")
    Membership.objects.create(client=acme, user=user)
    return user


def test_basic_bearer_and_ticket_name_the_client(acme, borealis, now):
    bearer = credentials.issue("bearer", now=now, client=acme, scopes=["read"])
    password = credentials.issue("basic", now=now, client=borealis, scopes=["read"])
    assert codes(get(authorization=f"Bearer {bearer.token}")) == ["acme"]
    pair = f"{password.credential.prefix}:{password.secret}"
    assert codes(get(authorization=basic(pair.encode()))) == ["borealis"]
    ticket = credentials.issue("soticket", now=now, client=borealis, scopes=["read"])
    assert codes(get(authorization=f"sOtIcKeT {ticket.token}")) == ["borealis"]


def test_a_credential_of_one_scheme_is_none_of_the_other(acme, now):
    bearer = credentials.issue("bearer", now=now, client=acme, scopes=["read"])
    pair = f"{bearer.credential.prefix}:{bearer.secret}"
    assert get(authorization=basic(pair.encode())).status_code == 401


@pytest.mark.django_db
def test_a_401_offers_both_schemes():
    response = get()
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == CHALLENGE
    assert fields(response) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("header", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_header_is_a_401(header):
    response = HttpClient().get(PATH, HTTP_AUTHORIZATION=header, REMOTE_ADDR="192.0.2.1")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == CHALLENGE
    assert fields(response) == {}


def test_a_header_counts_before_a_session(member):
    response = sign_in(member, headers={"authorization": "Bearer no.one"}).get(PATH)
    assert response.status_code == 401


@pytest.fixture
def one_window():
    """Failures are counted by the minute: no new one begins meanwhile."""
    with time_machine.travel(datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC), tick=False):
        yield


def test_an_address_that_fails_too_often_waits_and_no_other(acme, now):
    good = f"Bearer {credentials.issue('bearer', now=now, client=acme, scopes=['read']).token}"
    with time_machine.travel(datetime(2026, 3, 2, 12, 0, 20, tzinfo=UTC), tick=False):
        for _ in range(ALLOWED):
            assert get(authorization="Bearer no.one").status_code == 401
        refused = get(authorization=good)
        assert refused.status_code == 429
        assert refused["Retry-After"] == "40"
        assert codes(get(authorization=good, address="192.0.2.2")) == ["acme"]
    with time_machine.travel(datetime(2026, 3, 2, 12, 1, 0, tzinfo=UTC), tick=False):
        assert codes(get(authorization=good)) == ["acme"]


@pytest.mark.usefixtures("one_window")
def test_a_refused_address_costs_the_database_nothing(db, django_assert_num_queries):
    for _ in range(ALLOWED):
        get(authorization="Bearer none")
    with django_assert_num_queries(0):
        assert get(authorization="Bearer no.one").status_code == 429


@pytest.mark.usefixtures("one_window")
def test_behind_a_proxy_the_caller_is_held_to_its_own_address(acme, now, settings):
    settings.HUB_PROXY_COUNT = 1
    good = f"Bearer {credentials.issue('bearer', now=now, client=acme, scopes=['read']).token}"
    for _ in range(ALLOWED):
        get(authorization="Bearer no.one", **{"x-forwarded-for": "198.51.100.7"})
    assert get(authorization=good, **{"x-forwarded-for": "198.51.100.7"}).status_code == 429
    assert codes(get(authorization=good, **{"x-forwarded-for": "198.51.100.8"})) == ["acme"]


def test_a_scope_that_is_missing_is_named(acme, payment):
    reader = make_program(acme, [Scope.READ])
    assert codes(reader.get(PATH)) == ["acme"]
    response = reader.post_json("/hub/v1/records/", {"entity": "Payment", "rows": []})
    assert response.status_code == 403
    assert response.json()["detail"] == "The credential lacks the scope write."
    writer = make_program(acme, [Scope.WRITE])
    assert writer.get(PATH).json()["detail"] == "The credential lacks the scope read."
    retry = writer.post_json("/hub/v1/queue/1/retry/")
    assert retry.json()["detail"] == "The credential lacks the scope operate."


def test_staff_see_all_clients_or_the_one_they_pick(staff_api, acme, borealis):
    assert codes(staff_api.get(PATH)) == ["acme", "borealis"]
    assert codes(staff_api.get(PATH, headers={"x-hub-client": "acme"})) == ["acme"]
    assert codes(staff_api.get("/borealis/hub/v1/clients/")) == ["borealis"]


@pytest.mark.parametrize("code", ["nobody", "ACME", "acme,borealis", "x" * 100, "\xe4", "acme\t"])
def test_staff_that_pick_no_client_of_the_hub_find_nothing(staff_api, acme, borealis, code):
    assert staff_api.get(PATH, headers={"x-hub-client": code}).status_code == 404


def test_a_client_may_name_itself(acme_api):
    assert codes(acme_api.get(PATH, headers={"x-hub-client": "acme"})) == ["acme"]
    assert codes(acme_api.get("/acme/hub/v1/clients/")) == ["acme"]


def test_another_client_is_an_unknown_one(acme_api, borealis):
    foreign = acme_api.get(PATH, headers={"x-hub-client": "borealis"})
    unknown = acme_api.get(PATH, headers={"x-hub-client": "nobody"})
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content
    assert foreign.headers == unknown.headers
    assert acme_api.get("/borealis/hub/v1/clients/").content == foreign.content


def test_a_prefix_and_a_header_that_disagree_name_nobody(staff_api, acme, borealis):
    assert staff_api.get("/acme/hub/v1/clients/", headers={"x-hub-client": "borealis"}).status_code == 404


def test_links_stay_under_the_prefix(acme_api):
    assert acme_api.get("/acme/hub/v1/").json()["queue"] == "http://testserver/acme/hub/v1/queue/"
    assert acme_api.get("/hub/v1/").json()["queue"] == "http://testserver/hub/v1/queue/"


def test_a_person_acts_for_the_client_it_is_a_member_of(member, borealis):
    assert codes(sign_in(member).get(PATH)) == ["acme"]


def test_a_member_of_several_clients_has_to_name_one(member, borealis, stranger):
    Membership.objects.create(client=borealis, user=member)
    program = sign_in(member)
    assert program.get(PATH).status_code == 400
    assert codes(program.get(PATH, headers={"x-hub-client": "borealis"})) == ["borealis"]
    assert program.get(PATH, headers={"x-hub-client": "stranger"}).status_code == 404


def test_a_person_without_a_client_may_nothing(db):
    response = sign_in(User.objects.create_user("nobody")).get(PATH)
    assert response.status_code == 403
    assert response.json()["detail"] == "You act for no client."


def test_a_member_of_a_client_that_is_switched_off_may_nothing(member, acme):
    acme.active = False
    acme.save()
    assert sign_in(member).get(PATH).status_code == 403


def test_staff_may_use_their_session(as_staff, acme, borealis):
    assert codes(sign_in(as_staff.user).get(PATH)) == ["acme", "borealis"]


def test_writing_by_session_needs_the_csrf_token(member, payment):
    program = sign_in(member, enforce_csrf_checks=True)
    body = {"entity": "Payment", "rows": []}

    def write(**headers):
        return program.post("/hub/v1/records/", body, content_type="application/json", headers=headers)

    assert write().status_code == 403
    program.get("/admin/login/")
    token = program.cookies["csrftoken"].value
    assert write(**{"x-csrftoken": token}).status_code == 200
    assert write(**{"x-csrftoken": token[::-1]}).status_code == 403


def test_writing_by_credential_needs_none(acme, payment, now):
    token = credentials.issue("bearer", now=now, client=acme, scopes=["write"]).token
    program = HttpClient(enforce_csrf_checks=True, headers={"authorization": f"Bearer {token}"})
    body = {"entity": "Payment", "rows": []}
    assert program.post("/hub/v1/records/", body, content_type="application/json").status_code == 200


def test_a_password_of_a_person_is_no_credential(member):
    pair = base64.b64encode(b"member:member").decode()
    assert get(authorization=f"Basic {pair}").status_code == 401
