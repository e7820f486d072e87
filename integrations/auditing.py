"""Writing down who did what: for acts that leave no history of their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from integrations.models import AuditEntry
from integrations.principals import Principal

ACTOR_LENGTH = 200
TARGET_LENGTH = 400
KEYS_KEPT = 1000


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


def note_all(
    act: str, rows: Sequence[Model], *, by: Principal, now: datetime, **detail: Any
) -> AuditEntry | None:
    """As `note`, once for one act on several rows of a kind; their keys are in the detail, 1000 at most."""
    if len(rows) < 2:
        return note(act, rows[0], by=by, now=now, **detail) if rows else None
    clients = {getattr(row, "client_id", None) for row in rows}
    return AuditEntry.objects.create(
        on=now,
        actor=str(by)[:ACTOR_LENGTH],
        user=by.user,
        client_id=clients.pop() if len(clients) == 1 else None,
        act=act,
        target=f"{len(rows)} {rows[0]._meta.verbose_name_plural}",
        detail=_plain({**detail, "keys": [row.pk for row in rows[:KEYS_KEPT]]}),
    )


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in detail.items()
    }
