"""Messages to be sent: each is a record that an integration of the hub delivers through its channel.

So a message has all that an item has: a row in the queue, attempts, retries, a dead letter, a replay.
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from channels.models import IntegrationPoint
from integrationhub.wire.era import shapes
from integrations import activation, publishing, records
from integrations.models import (
    Action,
    Client,
    ClientIntegration,
    Direction,
    Entity,
    EntityProperty,
    Integration,
    Record,
    Schedule,
    System,
)
from integrations.principals import Principal, Scope
from queues.enqueue import Opening, open_items
from queues.waking import wake_drains

ENTITY = "ChannelMessage"
NAME = "Channel messages"
_PROPERTIES = {"Id": "String", "Code": "String", "Channel": "String", "Body": "String", "SentOn": "DateTime"}
_CONFIGURATION = {"channel_at": "Channel", "body": "Body", "body_is_json": True}


def post(point: IntegrationPoint, body: Any, *, key: str, now: datetime) -> None:
    """Queues a message, once for each key of the client's."""
    client = point.client
    row = {
        "Id": key,
        "Code": point.code,
        "Channel": str(point.point_id),
        "Body": json.dumps(body, ensure_ascii=False),
        "SentOn": now.isoformat(),
    }
    with transaction.atomic():
        used = activation_for(client, now=now)
        entity = used.integration.entity
        if Record.objects.for_client(client).filter(entity=entity, item_id=key).exists():
            return
        records.store(client, entity, [row], now=now)
        open_items([(key, point.code, now)], Opening(used, None, now))
        wake_drains()


def find_point(client_id: int, named: str) -> IntegrationPoint | None:
    """The client's channel of this id, or the only one of this code."""
    points = IntegrationPoint.objects.for_client(client_id).select_related("client")
    if shapes.is_id(named) and (point := points.filter(point_id=UUID(named)).first()):
        return point
    found = list(points.filter(code=named)[:2])
    return found[0] if len(found) == 1 else None


def activation_for(client: Client, *, now: datetime) -> ClientIntegration:
    """The client's use of the integration that sends, switched on when it is used first."""
    integration = Integration.objects.filter(owner=None, name=NAME).first() or _install(now)
    used = activation.activate_for(client, integration)
    if not used.activation_no:  # what staff have switched off stays off
        activation.enable(used, now=now, by=Principal(None, client, frozenset(Scope.values)), consent=True)
    return ClientIntegration.objects.select_related("client", "integration__entity").get(pk=used.pk)


def _install(now: datetime) -> Integration:
    try:
        with transaction.atomic():
            return _define(now)
    except IntegrityError:  # somebody else was first
        return Integration.objects.get(owner=None, name=NAME)


def _define(now: datetime) -> Integration:
    entity = Entity.objects.create(
        id=ENTITY,
        name="Channel message",
        key_property="Id",
        name_property="Code",
        updated_on_property="SentOn",
    )
    EntityProperty.objects.bulk_create(
        EntityProperty(entity=entity, name=name, type=kind, nullable=False, position=position)
        for position, (name, kind) in enumerate(_PROPERTIES.items())
    )
    integration = Integration(
        name=NAME,
        notes="Sends what scripts and people post to channels. Where to, the channel says.",
        entity=entity,
        direction_id=Direction.Id.OUTBOUND,
        system=System.objects.create(name=NAME, base_url="http://channels.invalid"),
        action=Action.objects.create(name=NAME, handler="channel.send", configuration=_CONFIGURATION),
        schedule=Schedule.objects.create(name=NAME, cron="* * * * *"),
        parallel=True,
        batch_size=100,
    )
    publishing.publish(integration, by=None, now=now)
    return integration
