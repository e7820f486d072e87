"""Keys for software over REST: never with more rights than their giver's."""

import pytest
from django.contrib.auth.models import User
from django.test import Client as HttpClient

from integrations import credentials
from integrations.models import AuditEntry, Credential, Membership
from integrations.principals import Scope
from tests.api import fields, make_program
from tests.integrations.api.test_authentication import sign_in
from tests.wire.authentication.malformed import basic

PATH = "/hub/v1/credentials/"


def works(authorization):
    return HttpClient().get(PATH, headers={"authorization": authorization}).status_code == 200


@pytest.mark.parametrize("scheme", ["basic", "bearer", "soticket"])
def test_a_key_is_shown_once_and_works_from_then_on(acme_api, scheme):
    response = acme_api.post_json(PATH, {"scheme": scheme, "scopes": ["read"], "note": "the ERP's"})
    assert response.status_code == 201, response.content
    issued = response.json()
    pair = f"{issued['prefix']}:{issued['secret']}".encode()
    spelled = {"bearer": "Bearer ", "soticket": "SOTicket "}.get(scheme, "") + issued["secret"]
    assert works(basic(pair) if scheme == "basic" else spelled)
    shown = acme_api.get(f"{PATH}{issued['id']}/")
    assert shown.json()["note"] == "the ERP's"
    assert shown.json()["scopes"] == ["read"]
    assert issued["secret"] not in shown.content.decode()
    assert issued["secret"] not in str(AuditEntry.objects.values())
    assert AuditEntry.objects.get().act == "issue credential"


def test_nobody_gives_rights_they_do_not_have(acme, now):
    scopes = [Scope.READ, Scope.CREDENTIALS]
    program = make_program(acme, scopes)
    for wanted in (["write"], ["read", "staff"]):
        refused = program.post_json(PATH, {"scheme": "bearer", "scopes": wanted})
        assert refused.status_code == 403
    mighty = credentials.issue("bearer", now=now, client=acme, scopes=["write"])
    assert program.post_json(f"{PATH}{mighty.credential.pk}/rotate/").status_code == 403
    without = make_program(acme, [Scope.READ, Scope.WRITE])
    assert without.post_json(PATH, {"scheme": "bearer", "scopes": ["read"]}).status_code == 403


def test_a_rotated_key_works_on_beside_its_successor(acme, acme_api, now):
    old = credentials.issue("bearer", now=now, client=acme, scopes=["read"])
    issued = acme_api.post_json(f"{PATH}{old.credential.pk}/rotate/", {"overlap": 3600})
    assert issued.status_code == 201, issued.content
    assert works(f"Bearer {old.token}")
    assert works(f"Bearer {issued.json()['secret']}")
    assert acme_api.post_json(f"{PATH}{old.credential.pk}/rotate/", {"overlap": 0}).status_code == 201
    assert not works(f"Bearer {old.token}")
    assert acme_api.post_json(f"{PATH}{old.credential.pk}/rotate/").status_code == 409


def test_a_revoked_key_ends_at_once(acme, acme_api, now):
    key = credentials.issue("bearer", now=now, client=acme, scopes=["read"])
    response = acme_api.post_json(f"{PATH}{key.credential.pk}/revoke/")
    assert response.json()["revoked_on"] is not None
    assert not works(f"Bearer {key.token}")


def test_staff_make_keys_of_staff_and_of_the_client_they_act_for(staff_api, acme):
    of_staff = staff_api.post_json(PATH, {"scheme": "bearer", "scopes": ["read", "staff"]})
    assert (of_staff.status_code, of_staff.json()["client"]) == (201, None)
    body = {"scheme": "bearer", "scopes": ["read"]}
    assert fields(staff_api.post_json(PATH, body)).keys() == {"scopes"}
    of_acme = staff_api.post_json(PATH, body, headers={"x-hub-client": "acme"})
    assert of_acme.json()["client"] == "acme"
    revoke = f"{PATH}{of_staff.json()['id']}/revoke/"
    assert staff_api.post_json(revoke, headers={"x-hub-client": "acme"}).status_code == 404


def test_a_member_s_key_is_the_member_s(acme):
    member = User.objects.create_user("member")
    membership = Membership.objects.create(client=acme, user=member)
    issued = sign_in(member).post(PATH, {"scheme": "bearer", "scopes": ["read"]}, "application/json").json()
    assert issued["user"] == "member"
    assert works(f"Bearer {issued['secret']}")
    membership.delete()
    assert not works(f"Bearer {issued['secret']}")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scheme": "digest"}, "scheme"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes[0]"),
        ({"note": "x" * 201}, "note"),
        ({"expires_on": "2020-01-01T00:00:00Z"}, "expires_on"),
        ({"client": "borealis"}, "client"),
    ],
)
def test_what_makes_no_key_is_refused_by_field(acme_api, body, field):
    response = acme_api.post_json(PATH, {"scheme": "basic", "scopes": ["read"], **body})
    assert (response.status_code, list(fields(response))) == (400, [field])
    assert Credential.objects.count() == 1
