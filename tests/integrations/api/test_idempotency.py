"""`Idempotency-Key` over HTTP: what is done once, and what the next caller with the key is told."""

import pytest

from integrations.models import Credential, KeptAnswer, Schedule
from integrations.models import Record as StoredRecord
from tests.api import fields, make_program
from tests.cast import payment_row

PATH = "/hub/v1/schedules/"
BODY = {"name": "Mine", "cron": "0 6 * * *"}


def post(api, key, body=BODY, path=PATH, **headers):
    return api.post_json(path, body, headers={"idempotency-key": key, **headers})


def test_a_request_that_comes_again_is_answered_as_it_was(acme_api):
    first = post(acme_api, "a")
    again = acme_api.post(
        PATH, b'{ "cron": "0 6 * * *", "name": "Mine" }', "application/json", headers={"idempotency-key": "a"}
    )
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert (first["ETag"], first["Cache-Control"]) == (again["ETag"], again["Cache-Control"])
    assert again["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Schedule.objects.filter(name="Mine").count() == 1


def test_another_request_with_the_key_is_refused(acme_api, borealis_api, staff_api, acme, borealis):
    post(acme_api, "a")
    assert post(acme_api, "a", {**BODY, "name": "Other"}).status_code == 422
    refused = post(acme_api, "a", path="/hub/v1/credentials/")
    assert (refused.status_code, fields(refused)) == (422, {})
    assert "Idempotent-Replayed" not in post(borealis_api, "a")
    assert post(staff_api, "a", **{"x-hub-client": "acme"}).status_code == 400
    assert post(staff_api, "a", {**BODY, "name": "Theirs"}, **{"x-hub-client": "acme"}).status_code == 201
    assert post(staff_api, "a", {**BODY, "name": "Theirs"}, **{"x-hub-client": "borealis"}).status_code == 422


def test_a_request_that_is_being_answered_is_a_conflict(acme_api):
    post(acme_api, "a")
    KeptAnswer.objects.update(status=None)
    response = post(acme_api, "a")
    assert (response.status_code, fields(response)) == (409, {})


def test_a_refusal_is_not_kept(acme_api):
    assert post(acme_api, "a", {"name": "Mine", "cron": "never"}).status_code == 400
    assert not KeptAnswer.objects.exists()
    assert post(acme_api, "a").status_code == 201
    reader = make_program(None, ["read", "staff"])
    assert post(reader, "a").status_code == 403
    assert KeptAnswer.objects.count() == 1


def test_a_failure_of_the_hub_is_kept_and_all_it_did_undone(acme_api, monkeypatch):
    def fail(self, row, status=200):
        raise RuntimeError("after the row was saved")

    acme_api.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("integrations.api.base.HubViewSet.shown_again", fail)
        assert post(acme_api, "a").status_code == 500
    assert not Schedule.objects.filter(name="Mine").exists()
    again = post(acme_api, "a")
    assert (again.status_code, again["Idempotent-Replayed"]) == (500, "true")
    assert (fields(again), again["Content-Type"]) == ({}, "application/problem+json")


def test_what_was_cut_off_in_the_middle_is_done_once(acme_api, monkeypatch):
    def die(self, row, status=200):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("integrations.api.base.HubViewSet.shown_again", die)
        with pytest.raises(SystemExit):
            post(acme_api, "a")
    assert post(acme_api, "a").status_code == 409
    KeptAnswer.objects.update(claimed_on="2026-01-01T00:00:00Z", fingerprint="")
    assert post(acme_api, "a").status_code == 201
    assert Schedule.objects.filter(name="Mine").count() == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "x" * 256])
def test_what_is_no_key_is_refused(acme_api, key):
    response = post(acme_api, key)
    assert (response.status_code, list(fields(response))) == (400, ["Idempotency-Key"])


def test_records_and_secrets_are_told_again_too(acme_api, payment, now):
    rows = {"entity": "Payment", "rows": [payment_row(1, updated_on=now, Rate=0.1)]}
    told = [post(acme_api, "r", rows, "/hub/v1/records/").json() for _ in range(2)]
    assert [answer["created"] for answer in told] == [1, 1]
    assert StoredRecord.objects.get().row_version == 1
    wanted = {"scheme": "bearer", "scopes": ["read"]}
    secrets = {post(acme_api, "c", wanted, "/hub/v1/credentials/").json()["secret"] for _ in range(2)}
    assert len(secrets) == 1
    assert Credential.objects.count() == 2
