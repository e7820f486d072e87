"""One figure for each (client, integration), for the engine's own runs and for those of agents."""

from datetime import timedelta

from integrations import runs
from integrations.freshness import freshness
from integrations.models import IntegrationRun
from integrations.runs import Name, Report
from tests.cast import make_system


def test_every_integration_has_one_figure_whoever_runs_it(
    acme, borealis, acme_payments, as_acme, as_staff, now, django_assert_num_queries
):
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
    for client in (acme, borealis):
        name = Name(client, make_system(name=client.code), "Orders")
        runs.start(name, now=now)
        runs.end(name, Report(), now=now + timedelta(minutes=5))
    with django_assert_num_queries(2):
        own, external = freshness(as_acme)
    later = now + timedelta(hours=1)
    assert (own.integration, own.is_external, own.age(later)) == (
        "Payments to the ERP",
        False,
        timedelta(hours=3),
    )
    assert (external.client, external.integration, external.age(later)) == (
        "acme",
        "Orders",
        timedelta(hours=1),
    )
    assert len(list(freshness(as_staff))) == 3
