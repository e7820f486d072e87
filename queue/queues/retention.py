"""Retention: what is old enough goes, page by page in the order of keys, while work goes on.

The keys of logs and runs grow with time, so that a sweep ends at the first page that is too young, and needs
no index but the primary key. Only the ledger is read to its end: what goes there is not what is oldest.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from integrations import entity_models
from integrations.models import Direction, IntegrationRun, Record
from queues import beats
from queues.models import (
    ActionAttempt,
    ActionLog,
    AttemptBody,
    IntegrationQueue,
    OutcomeHour,
    RetentionMark,
)
from queues.states import State

PAGE = 5000
SECONDS = 1.0
EVERY = timedelta(hours=1)
BEAT = "retention"


def prune_hourly(now: datetime) -> None:
    """Also goes on, a tick later, where the last round ran out of time."""
    last = beats.last_seen(BEAT)
    if last is None or last <= now - EVERY or RetentionMark.objects.exists():
        beats.beat(BEAT, now)
        prune(now)


def prune(now: datetime, *, seconds: float = SECONDS) -> bool:
    """Deletes what is past its time: at least a page of each kind, and each for about `seconds` at most.

    Each page is a transaction of its own. Returns whether all of it is gone; safe to repeat, and to be cut
    off anywhere.
    """
    reached = dict(RetentionMark.objects.values_list("name", "key"))
    done = [
        _sweep(kind, now - timedelta(days=kind.days()), after=reached.get(kind.name, 0), seconds=seconds)
        for kind in kinds
    ]
    return all(done)


@dataclass(frozen=True, slots=True)
class Kind:
    """`age` is the column that grows with the key (None: none does); `delete` gets one page of rows."""

    model: type[Model]
    setting: str
    age: str | None
    delete: Callable[[QuerySet[Any], datetime], None]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    def days(self) -> int:
        return int(getattr(settings, self.setting))


def _sweep(kind: Kind, before: datetime, *, after: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    key = _delete_page(kind, before, after=after)
    while key is not None and time.monotonic() < end:
        key = _delete_page(kind, before, after=key)
    if key is not None:
        RetentionMark.objects.update_or_create(name=kind.name, defaults={"key": key})
    elif after:
        RetentionMark.objects.filter(name=kind.name).delete()
    return key is None


def _delete_page(kind: Kind, before: datetime, *, after: int) -> int | None:
    """Returns the last key of the page; None: behind it there is nothing to do."""
    rows = kind.model._default_manager.filter(pk__gt=after).order_by("pk")
    if not _begins_old(rows, kind, before):
        return None
    last = rows.values_list("pk", kind.age or "pk")[PAGE - 1 : PAGE].first()
    page = rows.filter(pk__lte=last[0]) if last else rows
    with transaction.atomic():
        kind.delete(page.order_by(), before)
    return last[0] if last and (kind.age is None or last[1] < before) else None


def _begins_old(rows: QuerySet[Any], kind: Kind, before: datetime) -> bool:
    """Where the first row is too young, all are: most sweeps end here."""
    if kind.age is None:
        return True
    oldest = rows.values_list(kind.age, flat=True).first()
    return oldest is not None and oldest < before


def _delete_bodies(page: QuerySet[AttemptBody], before: datetime) -> None:
    page.filter(created_on__lt=before).delete()


def _delete_attempts(page: QuerySet[ActionAttempt], before: datetime) -> None:
    """With the logs that have no attempts any more; among them the ones that outlived theirs since a row
    named them, and named another since."""
    old = page.filter(started_on__lt=before)
    items: set[Any] = set(old.values_list("log__item", flat=True))
    _erase(AttemptBody.objects.filter(attempt__in=old))
    _erase(old)
    named = IntegrationQueue.objects.filter(pk=OuterRef("item_id"), action_log_id=OuterRef("pk"))
    attempts = ActionAttempt.objects.filter(log=OuterRef("pk"))
    logs = ActionLog.objects.filter(~Exists(named), ~Exists(attempts), item__in=items, started_on__lt=before)
    _erase(logs)


def _delete_runs(page: QuerySet[IntegrationRun], before: datetime) -> None:
    """But for the last one that each ClientIntegration completed: it says how far that has come; and the
    last one of each agent.

    Items go on naming a run that is gone: to look for them would be to read the whole ledger.
    """
    completed = IntegrationRun.Status.COMPLETED
    later = IntegrationRun.objects.filter(
        client_integration=OuterRef("client_integration"), status=completed, ended_on__gt=OuterRef("ended_on")
    )
    newer = IntegrationRun.objects.filter(external=OuterRef("external"), pk__gt=OuterRef("pk"))
    own = Q(~Q(status=completed) | Exists(later), external=None)
    old = page.filter(own | Exists(newer), started_on__lt=before)
    _erase(old.exclude(status=IntegrationRun.Status.RUNNING))


def _delete_hours(page: QuerySet[OutcomeHour], before: datetime) -> None:
    page.filter(hour__lt=before).delete()


def _delete_items(page: QuerySet[IntegrationQueue], before: datetime) -> None:
    """Outbound items whose record is gone, with their logs; dead letters stay until somebody handles them.

    Rows of published models are not looked for: their items stay.
    """
    record = Record.objects.filter(
        client=OuterRef("client_id"), entity=OuterRef("integration__entity_id"), item_id=OuterRef("item_id")
    )
    settled = Q(state__in=(State.SUCCEEDED, State.CANCELLED), updated_on__lt=before)
    gone = page.filter(settled, ~Exists(record), integration__direction=Direction.Id.OUTBOUND)
    gone = gone.exclude(integration__entity__in=entity_models.published())
    keys = list(gone.values_list("pk", flat=True))
    # Locked, and looked at again, so that none is deleted that somebody has opened meanwhile.
    locked = IntegrationQueue.objects.select_for_update().filter(settled, pk__in=keys)
    IntegrationQueue.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).delete()


def _erase(rows: QuerySet[Any]) -> None:
    """In one statement that loads none of them: what hangs on them is gone already, or does not matter."""
    rows._raw_delete(rows.db)


kinds: list[Kind] = [
    Kind(AttemptBody, "HUB_BODY_DAYS", "created_on", _delete_bodies),
    Kind(ActionAttempt, "HUB_ATTEMPT_DAYS", "started_on", _delete_attempts),
    Kind(IntegrationRun, "HUB_RUN_DAYS", "started_on", _delete_runs),
    Kind(OutcomeHour, "HUB_RUN_DAYS", "hour", _delete_hours),
    Kind(IntegrationQueue, "HUB_ATTEMPT_DAYS", None, _delete_items),
]
