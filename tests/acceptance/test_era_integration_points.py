"""The document on integration_points, request by request as it is printed."""

import json
import re

import pytest

from tests.api import _nobody_has_failed_to_sign_in, acme_api, make_program
from tests.channels.points import POINTS

pytestmark = pytest.mark.django_db
__all__ = ["_nobody_has_failed_to_sign_in", "acme_api"]

JSON = "application/json; charset=utf-8"
FIRST, SECOND = "b4680fbe-016c-d86f-1d6b-50e54938780c", "a188288e-016c-d86f-cd99-50e54938780c"
# The sample of the list has `ext` twice in its second entity, and the sample of the single entity answers
# another id than the one that was asked for: damage of the document, left out here.
SAMPLE = {
    "id": FIRST,
    "code": "ABCDE",
    "type": "public",
    "token_local": "82ddc7c68623726346a78371173e2f8d",
    "token_remote": "",
    "token_remote2": "",
    "url": "http://trapper.com",
    "recv_svcscriptcode": "ws_hook",
    "recv_svcscriptcode_ws": "",
    "send_svcscriptcode": "send_to_web",
    "send_svcscriptcode_ws": "",
    "opts": {"title": "", "comment": "", "allow_files_api": False, "issync": False},
    "ext": {"ct": "2019-08-28T13:34:16.42Z", "lwt": "2019-08-28T13:34:16.42Z"},
}
GENERATED = {
    "token_local": re.compile(r"[0-9a-f]{32}"),
    "ct": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\dZ"),
    "lwt": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\dZ"),
}


def entity(**changes):
    """The entity of the sample as a client would send it, with everything that it could have read before."""
    return {**SAMPLE, **changes}


def assert_like(answer, sample):
    """The same members in the same order, the same values but for those that are generated."""
    assert list(answer) == list(sample)
    for name, value in sample.items():
        if isinstance(value, dict):
            assert_like(answer[name], value)
        elif name in GENERATED:
            assert GENERATED[name].fullmatch(answer[name])
        else:
            assert (name, answer[name], type(answer[name])) == (name, value, type(value))


def without_comment(sample):
    return {**sample, "opts": {name: value for name, value in sample["opts"].items() if name != "comment"}}


def test_the_requests_of_the_document_one_after_the_other(acme_api):
    created = acme_api.post(POINTS, entity(), content_type=JSON)
    assert (created.status_code, created["Content-Type"]) == (200, JSON)
    assert_like(created.json(), SAMPLE)
    assert created.json()["ext"]["ct"] == created.json()["ext"]["lwt"]
    second = entity(id=SECOND, code="902", type="telegram")
    assert acme_api.post(POINTS, second, content_type=JSON).status_code == 200

    listed = acme_api.get(f"{POINTS}?offset=0&limit=2")
    assert (listed.status_code, listed["Content-Type"]) == (200, JSON)
    assert len(listed.json()) == 2
    assert_like(listed.json()[0], without_comment(SAMPLE))
    assert_like(listed.json()[1], without_comment(second))

    one = acme_api.get(f"{POINTS}/{SECOND}")
    assert (one.status_code, one["Content-Type"]) == (200, JSON)
    assert_like(one.json(), second)

    changed = acme_api.patch(f"{POINTS}/{FIRST}", {"token_remote": "00ea293c29f9dc30"}, content_type=JSON)
    assert (changed.status_code, changed["Content-Type"]) == (200, JSON)
    assert_like(changed.json(), {**SAMPLE, "token_remote": "00ea293c29f9dc30"})
    assert changed.json()["ext"]["ct"] == created.json()["ext"]["ct"]
    assert changed.json()["ext"]["lwt"] >= created.json()["ext"]["lwt"]
    whole = acme_api.patch(f"{POINTS}/{FIRST}", changed.json(), content_type=JSON)
    assert whole.status_code == 200
    assert_like(whole.json(), {**SAMPLE, "token_remote": "00ea293c29f9dc30"})

    token = json.dumps(created.json()["token_local"])
    found = acme_api.generic("LOOKUP", POINTS, token, content_type=JSON)
    assert (found.status_code, found["Content-Type"], found.json()) == (200, JSON, [FIRST])
    assert acme_api.post(f"{POINTS}/lookup", token, content_type=JSON).json() == [FIRST]
    nothing = acme_api.generic("LOOKUP", POINTS, json.dumps(SAMPLE["token_local"]), content_type=JSON)
    assert (nothing.status_code, nothing["Content-Type"]) == (404, JSON)
    assert nothing.json() == {"error_code": 1404, "error_message": "Lookup failed"}

    deleted = acme_api.delete(f"{POINTS}/{FIRST}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert acme_api.get(f"{POINTS}/{FIRST}").status_code == 404


def test_a_token_names_its_domain_and_its_channel(acme_api, borealis):
    point = acme_api.post(POINTS, entity(), content_type=JSON).json()
    address = f"/rest/v1/service/integration_tokens/{point['token_local']}"
    answer = acme_api.get(address)
    href = f"{POINTS}/{FIRST}"
    assert (answer.status_code, answer["Content-Type"]) == (200, JSON)
    assert answer.json() == {
        "domain": "acme",
        "integration_point": {"id": FIRST, "_links": {"self": {"href": href}}},
    }
    foreign = make_program(borealis).get(address)
    assert (foreign.status_code, foreign.json()) == (
        404,
        {"error_code": 1404, "error_message": "Token not found"},
    )
