"""What a receiving script may do in the hub, on behalf of the client whose channel it runs for."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from channels import outbox
from channels.models import IntegrationPoint
from channels.scripts.contract import ScriptFailed
from integrationhub.wire.transport import AddressGuard, Failure, Request, Response, send
from integrations.errors import Refused
from integrations.models import ClientIntegration, Direction
from queues.clock import database_now
from queues.enqueue import Opening
from queues.inbound import pages, payloads
from queues.inbound.configuration import Pull
from queues.waking import wake_drains


class Abilities:
    """Implements `channels.scripts.contract.Hub`. `message_id` makes keys that are the same at every try."""

    def __init__(self, point: IntegrationPoint, message_id: int) -> None:
        self._point = point
        self._message_id = message_id

    def call(self, request: Request) -> Response | Failure:
        return send(request, AddressGuard(settings.HUB_OUTBOUND_ALLOW))

    def send(self, channel: str, body: Any) -> None:
        target = outbox.find_point(self._point.client_id, channel)
        if target is None:
            raise ScriptFailed(f"There is no channel {channel[:128]!a}, or more than one.")
        if target.pk == self._point.pk:
            raise ScriptFailed("A channel cannot forward to itself.")
        key = f"{self._message_id}-{target.pk}"
        outbox.post(target, body, key=key, now=database_now())

    def enqueue(
        self, integration: str | int, document: Any, *, key: str, name: str | None = None, items: str = "@"
    ) -> int:
        activation = self._inbound(integration)
        try:
            found, faults = pages.read_items(Pull(path="/", key=key, name=name, items=items), document)
        except Refused as refusal:
            raise ScriptFailed(refusal.message) from None
        if faults:
            raise ScriptFailed("; ".join(faults[:5]))
        return _keep(found, activation, database_now())

    def _inbound(self, named: str | int) -> ClientIntegration:
        """The client's use of an inbound integration, by the number or the name of the integration."""
        rows = ClientIntegration.objects.filter(
            client=self._point.client_id,
            enabled=True,
            integration__direction=Direction.Id.INBOUND,
            **({"integration": named} if isinstance(named, int) else {"integration__name": named}),
        )
        found = list(rows.select_related("client", "integration").defer("secret")[:2])
        if len(found) != 1:
            raise ScriptFailed(f"There is no inbound integration {str(named)[:128]!a} that is switched on.")
        return found[0]


def _keep(items: list[pages.Item], activation: ClientIntegration, now: datetime) -> int:
    with transaction.atomic():
        due = payloads.keep(items, Opening(activation, None, now))
        if due:
            wake_drains()
    return due
