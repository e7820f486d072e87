"""Somebody has mended how a system is reached: what could not be sent is tried now, a few items first."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F

from queues import clock
from queues.breaking import Health
from queues.models import Breaker, IntegrationQueue
from queues.waking import wake_drains

# A person waits for it; those beyond keep the time they have.
MOST_BROUGHT_FORWARD = 10_000


def follow(system_id: int, client_id: int | None) -> None:
    """A listener to changed sign-ins. Takes its locks once the change is stored, and none of the change's."""
    # No partial: Django cannot name one when it has to log what it raised.
    transaction.on_commit(lambda: try_anew(system_id, client_id), robust=True)


def try_anew(system_id: int, client_id: int | None = None) -> bool:
    """For one client, or with None for each. Whether anything had failed. Not in a transaction."""
    breakers = Breaker.objects.filter(system=system_id)
    if client_id is not None:
        breakers = breakers.filter(client=client_id)
    clients = list(breakers.values_list("client", flat=True))
    if clients:
        _bring_forward(system_id, clients)
        _shorten(system_id, clients)
        wake_drains()
    return bool(clients)


@transaction.atomic(durable=True)
def _bring_forward(system_id: int, client_ids: Collection[int]) -> None:
    """Items that wait for a later time, after a failure or for the end of the pause, are due."""
    now = clock.database_now()
    items = IntegrationQueue.objects.waiting().filter(
        client_integration__client__in=client_ids,
        client_integration__integration__system=system_id,
        due_at__gt=now,
    )
    # What a drain holds at this moment it gives its time itself.
    free = items.select_for_update(of=("self",), skip_locked=True).order_by("due_at")
    keys = list(free.values_list("pk", flat=True)[:MOST_BROUGHT_FORWARD])
    IntegrationQueue.objects.filter(pk__in=keys).update(
        due_at=now, updated_on=now, row_version=F("row_version") + 1
    )


@transaction.atomic(durable=True)
def _shorten(system_id: int, client_ids: Collection[int]) -> None:
    """The pauses, as far as may be."""
    now = clock.database_now()
    resting = Breaker.objects.filter(system=system_id, client__in=client_ids, open_until__gt=now)
    for breaker in resting.select_for_update().order_by("client"):
        health = Health(breaker.failures, breaker.openings, breaker.open_until)
        Breaker.objects.filter(pk=breaker.pk).update(open_until=health.soonest_try(now))
