"""One figure for each (client, integration), for the engine's own runs and for those of agents."""

from datetime import timedelta

import pytest

from integrations import runs
from integrations.models import ExternalIntegration, IntegrationRun
from integrations.runs import Name, Report
from tests.api import fields, make_program
from tests.cast import make_system

PATH = "/hub/v1/freshness/"


@pytest.fixture
def system(acme, borealis, acme_payments, now):
    """Acme's own export completed 3 and 2 hours ago, and failed since; agents of both ran Orders just now."""
    for hours, status in ((3, "Completed"), (2, "Completed"), (1, "Failed")):
        moment = now - timedelta(hours=hours)
        IntegrationRun.objects.create(
            client=acme,
            client_integration=acme_payments,
            started_on=moment,
            touched_on=moment,
            ended_on=moment,
            status=status,
        )
    system = make_system(name="Agents'")
    for client in (acme, borealis):
        runs.start(Name(client, system, "Orders"), now=now)
        runs.end(Name(client, system, "Orders"), Report(), now=now + timedelta(minutes=5))
    return system


def test_every_integration_has_one_figure_whoever_runs_it(
    system, acme, acme_payments, django_assert_num_queries
):
    theirs = ExternalIntegration.objects.get(client=acme)
    acme_api = make_program(acme)
    acme_api.get(PATH)
    with django_assert_num_queries(5):
        page = acme_api.get(PATH).json()
    assert page == {
        "count": 2,
        "next": None,
        "results": [
            {
                "client": "acme",
                "name": "Payments to the ERP",
                "client_integration": acme_payments.pk,
                "external_integration": None,
                "fresh_as_of": "2026-03-02T10:00:00Z",
            },
            {
                "client": "acme",
                "name": "Orders",
                "client_integration": None,
                "external_integration": theirs.pk,
                "fresh_as_of": "2026-03-02T12:00:00Z",
            },
        ],
    }


def test_staff_walk_over_both_tables_and_ask_for_what_is_stale(system, acme, now):
    runs.start(Name(acme, system, "Never ended"), now=now)
    staff_api, found, path = make_program(None), [], f"{PATH}?limit=1"
    while path:
        page = staff_api.get(path).json()
        assert page["count"] == 4
        found += [(row["client"], row["name"]) for row in page["results"]]
        path = page["next"]
    assert found == [
        ("acme", "Payments to the ERP"),
        ("acme", "Orders"),
        ("borealis", "Orders"),
        ("acme", "Never ended"),
    ]
    stale = staff_api.get(PATH, {"client": "acme", "fresh_before": "2026-03-02T12:00:00Z"}).json()
    assert [row["name"] for row in stale["results"]] == ["Payments to the ERP", "Never ended"]
    for query, field in (
        ("cursor=7", "cursor"),
        ("cursor=2-1", "cursor"),
        ("limit=0", "limit"),
        ("x=1", "x"),
    ):
        assert list(fields(staff_api.get(f"{PATH}?{query}"))) == [field]
