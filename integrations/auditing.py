"""Writing down who did what: for acts that leave no history of their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from integrations.models import AuditEntry
from integrations.principals import Principal

ACTOR_LENGTH = 200
TARGET_LENGTH = 400


def note(act: str, target: Model, *, by: Principal, now: datetime, **detail: Any) -> AuditEntry:
    """Adds an entry, in the transaction of the act itself. `detail` is JSON and holds no secret."""
    named = f"{target._meta.verbose_name} {target.pk}: {target}"
    return AuditEntry.objects.create(
        on=now,
        actor=str(by)[:ACTOR_LENGTH],
        user=by.user,
        client_id=getattr(target, "client_id", None),
        act=act,
        target=named[:TARGET_LENGTH],
        detail=_plain(detail),
    )


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in detail.items()
    }
