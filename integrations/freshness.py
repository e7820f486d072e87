"""How fresh what a client's integrations brought is: one figure for each, whoever runs it."""

from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from integrations.models import ClientIntegration, ExternalIntegration, IntegrationRun
from integrations.principals import Principal


def figures(principal: Principal) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """All that the caller may see: the hub's own ClientIntegrations, and what agents run.

    Each has `integration_name` and `fresh_as_of`: when its newest completed run began, None for never. What
    has changed later may be missing still.
    """
    own = ClientIntegration.objects.visible_to(principal).defer("secret")
    external = ExternalIntegration.objects.visible_to(principal)
    return (
        own.annotate(
            integration_name=F("integration__name"), fresh_as_of=newest_completed("client_integration")
        ),
        external.annotate(integration_name=F("name"), fresh_as_of=newest_completed("external")),
    )


def newest_completed(relation: str) -> Subquery:
    """When the newest completed run began, of rows that runs name by this relation."""
    completed = IntegrationRun.objects.filter(
        **{relation: OuterRef("pk")}, status=IntegrationRun.Status.COMPLETED
    )
    return Subquery(completed.order_by("-ended_on").values("started_on")[:1])
