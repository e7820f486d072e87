"""Versions, consents, sign-ins, next runs and the audit over HTTP."""

import pytest

from integrations import publishing
from integrations.models import AuditEntry, ClientIntegration, Integration
from tests.api import fields, make_program
from tests.cast import make_activation, make_integration


@pytest.fixture
def own(acme, payment, now):
    """Acme's own integration, published twice."""
    integration = make_integration(payment, acme, now=now, name="Own")
    integration.batch_size = 5
    publishing.publish(integration, by=None, now=now)
    return integration


@pytest.fixture
def path(own):
    return f"/hub/v1/integrations/{own.pk}/versions/"


def test_versions_are_listed_newest_first(acme_api, path):
    page = acme_api.get(path).json()
    assert [row["number"] for row in page["results"]] == [2, 1]
    assert page["results"][0]["definition"]["batch_size"] == 5


@pytest.mark.parametrize("end", ["", "1/", "1/diff/", "1/effect/"])
def test_a_number_beyond_all_integrations_is_of_none(acme_api, end):
    assert acme_api.get(f"/hub/v1/integrations/{10**30}/versions/{end}").status_code == 404


def test_one_version_is_read_by_its_number(acme_api, path):
    assert acme_api.get(f"{path}1/").json()["definition"]["batch_size"] == 20
    assert acme_api.get(f"{path}3/").status_code == 404


def test_a_diff_is_against_the_version_before_unless_told(acme_api, path):
    change = {"field": "batch_size", "before": 20, "after": 5, "text": "Batch size: 20 → 5"}
    assert acme_api.get(f"{path}2/diff/").json() == {"before": 1, "after": 2, "changes": [change]}
    assert acme_api.get(f"{path}1/diff/").json() == {"before": 1, "after": 1, "changes": []}
    backwards = acme_api.get(f"{path}1/diff/?against=2").json()
    assert backwards["changes"][0]["text"] == "Batch size: 5 → 20"


@pytest.mark.parametrize("against", ["9", "x", "-1", "99999999999", "²"])
def test_a_diff_against_no_version_is_refused(acme_api, path, against):
    response = acme_api.get(f"{path}1/diff/", {"against": against})
    assert response.status_code == 400
    assert list(fields(response)) == ["against"]


def test_a_revert_answers_with_the_definition_as_it_is_now(acme_api, path, own):
    response = acme_api.post_json(f"{path}1/revert/")
    assert response.status_code == 200
    assert (response.json()["version"], response.json()["batch_size"]) == (3, 20)
    assert response["ETag"] == '"3"'
    assert Integration.objects.get(pk=own.pk).version == 3


def test_the_past_of_the_hub_s_integrations_is_not_a_client_s(acme_api, staff_api, acme_payments):
    path = f"/hub/v1/integrations/{acme_payments.integration_id}/versions/"
    assert acme_api.get(path).status_code == 404
    assert staff_api.get(path).json()["count"] == 1


def test_publishing_answers_with_warnings(acme_api, own):
    changes = {"include_update": True, "continuous": True}
    response = acme_api.patch_json(f"/hub/v1/integrations/{own.pk}/", changes)
    assert len(response.json()["warnings"]) == 1
    assert "for ever" in response.json()["warnings"][0]


def test_staff_without_the_permission_publish_nothing_by_session(client, django_user_model, payments_out):
    client.force_login(
        django_user_model.objects.create_user("clerk", is_staff=True),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    response = client.patch(
        f"/hub/v1/integrations/{payments_out.pk}/", {"batch_size": 3}, content_type="application/json"
    )
    assert response.status_code == 403
    assert Integration.objects.get(pk=payments_out.pk).batch_size == 20


# Running


@pytest.fixture
def use(acme_payments):
    return f"/hub/v1/client-integrations/{acme_payments.pk}/"


def test_the_next_five_runs_are_answered_in_the_client_s_zone(acme_api, use):
    answer = acme_api.get(f"{use}next-runs/").json()
    assert answer["time_zone"] == "Europe/Helsinki"
    assert len(answer["runs"]) == 5
    assert answer["runs"] == sorted(answer["runs"])
    assert all(run.endswith((":00:00+02:00", ":00:00+03:00")) for run in answer["runs"])


def test_a_sign_in_is_kept_and_never_shown(acme_api, use):
    response = acme_api.post_json(f"{use}sign-in/", {"username": "acme", "secret": "open sesame"})
    assert response.status_code == 200
    row = ClientIntegration.objects.get()
    assert (row.username, row.secret) == ("acme", "open sesame")
    for answer in (response, acme_api.get(use), acme_api.get("/hub/v1/client-integrations/")):
        assert "sesame" not in answer.content.decode()


def test_two_empty_texts_forget_the_sign_in(acme_api, use):
    acme_api.post_json(f"{use}sign-in/", {"username": "acme", "secret": "open sesame"})
    assert acme_api.post_json(f"{use}sign-in/", {"secret": ""}).status_code == 200
    assert ClientIntegration.objects.get().secret == ""


def test_a_reset_is_in_the_audit(acme_api, borealis_api, use, now):
    ClientIntegration.objects.update(scanned_to=now, scanned_as="x")
    response = acme_api.post_json(f"{use}reset-watermark/")
    assert response.json()["scanned_to"] is None
    (entry,) = acme_api.get("/hub/v1/audit/?act=reset watermark").json()["results"]
    assert (entry["client"], entry["actor"]) == ("acme", "credential of Acme")
    assert borealis_api.get("/hub/v1/audit/").json()["count"] == 0


def test_a_reset_needs_the_scope(acme, use):
    writer = make_program(acme, scopes=["read", "write"])
    assert writer.post_json(f"{use}reset-watermark/").status_code == 403
    assert not AuditEntry.objects.exists()


def test_a_consent_is_renewed_and_withdrawn(acme, acme_api, payment, now):
    row = make_activation(acme, make_integration(payment, now=now, consent_type_id="Confirm"), now=now)
    path = f"/hub/v1/consents/{row.consent_id}/"
    renewed = acme_api.post_json(f"{path}renew/", {"expires_on": "2999-01-01T00:00:00Z"})
    assert renewed.json()["expires_on"] == "2999-01-01T00:00:00Z"
    past = acme_api.post_json(f"{path}renew/", {"expires_on": "2001-01-01T00:00:00Z"})
    assert list(fields(past)) == ["expires_on"]
    assert acme_api.post_json(f"{path}withdraw/").json()["state"] == "Revoked"
    assert acme_api.post_json(f"{path}renew/", {"expires_on": None}).status_code == 409
    row.refresh_from_db()
    assert not row.runnable
