"""What is only read over REST: clients, entities, runs."""

from datetime import timedelta

import pytest

from integrations.models import IntegrationRun


def results(api, path):
    response = api.get(f"/hub/v1/{path}")
    assert response.status_code == 200, response.json()
    return response.json()["results"]


def test_a_client_reads_itself(acme_api, acme, borealis):
    assert acme_api.get("/hub/v1/clients/acme/").json()["time_zone"] == "Europe/Helsinki"
    assert acme_api.get("/hub/v1/clients/borealis/").status_code == 404
    assert acme_api.patch_json("/hub/v1/clients/acme/", {"name": "X"}).status_code == 405


def test_staff_find_the_clients_that_are_active(staff_api, acme, borealis):
    borealis.active = False
    borealis.save()
    assert [row["code"] for row in results(staff_api, "clients/?active=true")] == ["acme"]


def test_an_entity_shows_its_properties_in_their_order(acme_api, payment):
    entity = acme_api.get("/hub/v1/entities/Payment/").json()
    assert entity["key_property"] == "Id"
    assert entity["properties"][:3] == [
        {"name": "Id", "type": "Guid", "nullable": False},
        {"name": "Number", "type": "String", "nullable": False},
        {"name": "Amount", "type": "Decimal", "nullable": True},
    ]


@pytest.fixture
def runs(acme, acme_payments, now):
    """Two runs, an hour apart."""
    return [
        IntegrationRun.objects.create(
            client=acme,
            client_integration=acme_payments,
            version=1,
            status=status,
            started_on=now + timedelta(hours=hour),
            touched_on=now,
        )
        for hour, status in enumerate(["Completed", "Failed"])
    ]


def test_runs_come_newest_first(acme_api, runs, payments_out):
    first, second = results(acme_api, "runs/")
    assert (first["id"], second["id"]) == (runs[1].pk, runs[0].pk)
    assert (first["client"], first["integration"], first["status"]) == ("acme", payments_out.pk, "Failed")
    page = acme_api.get("/hub/v1/runs/?limit=1").json()
    assert [row["id"] for row in acme_api.get(page["next"]).json()["results"]] == [runs[0].pk]


def test_runs_are_narrowed(acme_api, runs, payments_out, now):
    later = (now + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [row["id"] for row in results(acme_api, "runs/?status=Completed")] == [runs[0].pk]
    assert [row["id"] for row in results(acme_api, f"runs/?started_from={later}")] == [runs[1].pk]
    assert [row["id"] for row in results(acme_api, f"runs/?started_before={later}")] == [runs[0].pk]
    assert len(results(acme_api, f"runs/?integration={payments_out.pk}&client=acme")) == 2


def test_runs_are_nobody_else_s(borealis_api, runs):
    assert results(borealis_api, "runs/") == []
    assert borealis_api.get(f"/hub/v1/runs/{runs[0].pk}/").status_code == 404
