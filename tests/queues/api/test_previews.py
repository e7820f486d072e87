"""Dry runs, effects and backfills over HTTP."""

import pytest

from integrations.models import Integration
from queues.models import IntegrationQueue
from tests.api import fields
from tests.cast import make_activation, payment_row, store_payments


@pytest.fixture
def path(payments_out):
    return f"/hub/v1/integrations/{payments_out.pk}/"


@pytest.fixture
def payments(acme, acme_payments, payment, now):
    """Three of Acme's, which has the export switched on."""
    store_payments(acme, payment, 3, now=now)


def test_a_client_tries_a_filter_on_its_own_rows(acme_api, borealis_api, path, payments):
    answer = acme_api.post_json(f"{path}dry-run/", {"filter": 'x => x.Number == "P-2"'}).json()
    assert (answer["count"], answer["complete"], answer["item"]) == (1, True, None)
    assert (answer["first"][0]["item_name"], answer["first"][0]["state"]) == ("P-2", None)
    assert borealis_api.post_json(f"{path}dry-run/").json()["count"] == 0


def test_an_item_is_explained(acme_api, path, payments, now):
    item_id = payment_row(2, updated_on=now)["Id"]
    answer = acme_api.post_json(f"{path}dry-run/", {"filter": "x => x.Lines > 1", "item_id": item_id}).json()
    assert answer["item"]["clauses"] == [{"text": "x.Lines > 1", "holds": False, "values": {"Lines": None}}]
    assert answer["item"]["reasons"] == ["It does not meet x.Lines > 1"]


def test_a_broken_filter_is_refused_with_its_place(acme_api, path):
    response = acme_api.post_json(f"{path}dry-run/", {"filter": "x => x.Nothing"})
    assert response.status_code == 400
    assert fields(response)["filter"].startswith("At character 8:")


def test_staff_name_the_client(staff_api, path, payments):
    assert staff_api.post_json(f"{path}dry-run/", {"client": "acme"}).json()["count"] == 3
    assert staff_api.post_json(f"{path}dry-run/").status_code == 400


def test_another_client_is_an_unknown_one(acme_api, path, borealis):
    answers = {
        acme_api.post_json(f"{path}dry-run/", {"client": code}).content for code in ("borealis", "nobody")
    }
    assert len(answers) == 1
    assert b"There is no client of this code." in answers.pop()


def test_an_effect_is_told_before_it_is_published(staff_api, path, payments, payments_out):
    answer = staff_api.post_json(f"{path}effect/", {"filter": 'x => x.Number == "P-2"'}).json()
    assert answer["version"] == 2
    (told,) = answer["clients"]
    assert (told["client"], told["runs"], told["due"], told["complete"]) == ("acme", True, 1, True)
    assert Integration.objects.get().filter is None


def test_the_effect_of_going_back_is_told_too(staff_api, path, payments):
    staff_api.patch_json(path, {"active": False})
    answer = staff_api.get(f"{path}versions/1/effect/").json()
    assert (answer["version"], answer["clients"][0]["due"]) == (3, 3)


def test_a_client_is_told_no_effect_of_the_hub_s_integration(acme_api, path, payments):
    assert acme_api.post_json(f"{path}effect/", {"filter": None}).status_code == 403


def test_the_effect_on_many_clients_is_told_to_staff_that_picked_none(
    staff_api, path, payments, payments_out, borealis, now
):
    make_activation(borealis, payments_out, now=now)
    answer = staff_api.post_json(f"{path}effect/").json()
    assert {each["client"]: each["due"] for each in answer["clients"]} == {"acme": 3, "borealis": 0}


def test_a_backfill_is_counted_before_it_is_done(acme_api, payments, acme_payments):
    path = f"/hub/v1/client-integrations/{acme_payments.pk}/backfill/"
    since = {"since": "2026-01-01T00:00:00Z"}
    assert acme_api.post_json(path, {**since, "preview": True}).json() == {
        "count": 3,
        "complete": True,
        "run": None,
    }
    assert not IntegrationQueue.objects.exists()
    answer = acme_api.post_json(path, since).json()
    assert answer["count"] == IntegrationQueue.objects.filter(run=answer["run"]).count() == 3


def test_a_backfill_from_no_date_is_refused(acme_api, acme_payments):
    response = acme_api.post_json(f"/hub/v1/client-integrations/{acme_payments.pk}/backfill/", {})
    assert list(fields(response)) == ["since"]
