"""How fresh what a client's integrations brought is: one figure for each, whoever runs it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from integrations.models import ClientIntegration, ExternalIntegration, IntegrationRun
from integrations.principals import Principal


@dataclass(frozen=True, slots=True)
class Freshness:
    """`completed_on` is when the newest completed run began: what changed later may be missing still."""

    client: str
    integration: str
    is_external: bool
    key: int
    completed_on: datetime | None

    def age(self, now: datetime) -> timedelta | None:
        return None if self.completed_on is None else now - self.completed_on


def freshness(principal: Principal) -> Iterator[Freshness]:
    """Of all that the caller may see: the hub's own ClientIntegrations, then the external ones."""
    own = ClientIntegration.objects.visible_to(principal).annotate(name=F("integration__name"))
    yield from _figures(own.order_by("pk"), "client_integration", is_external=False)
    external = ExternalIntegration.objects.visible_to(principal).order_by("pk")
    yield from _figures(external, "external", is_external=True)


def newest_completed(relation: str) -> Subquery:
    """When the newest completed run began, of rows that runs name by this relation."""
    completed = IntegrationRun.objects.filter(
        **{relation: OuterRef("pk")}, status=IntegrationRun.Status.COMPLETED
    )
    return Subquery(completed.order_by("-ended_on").values("started_on")[:1])


def _figures(rows: QuerySet[Any], relation: str, *, is_external: bool) -> Iterator[Freshness]:
    found = rows.values_list("client__code", "name", "pk", newest_completed(relation))
    for client, name, key, completed_on in found.iterator(chunk_size=2000):
        yield Freshness(client, name, is_external, key, completed_on)
