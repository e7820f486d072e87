"""Rows of a ClientIntegration that is switched off are not claimable, and outside the claim index."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from queues.models import IntegrationQueue


def follow(client_integration_ids: Sequence[int], now: datetime) -> None:
    """Makes the waiting rows of these claimable, or not, as their ClientIntegration is runnable or not."""
    waiting = IntegrationQueue.objects.waiting().filter(client_integration__in=client_integration_ids)
    changed = {"updated_on": now, "row_version": F("row_version") + 1}
    waiting.filter(client_integration__runnable=False, due_at__isnull=False).update(due_at=None, **changed)
    waiting.filter(client_integration__runnable=True, due_at__isnull=True).update(due_at=now, **changed)
