"""Asking for a bulk act: how many items it would be, starting it, stopping it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Max

from integrations import auditing
from integrations.auditing import ACTOR_LENGTH
from integrations.errors import Conflict, Refused
from integrations.ownership import check_scope
from integrations.principals import Principal, Scope
from queues.acts import Act, legal_states
from queues.bulk.selection import Filter, check_filter, visible
from queues.models import BulkJob, IntegrationQueue
from queues.models.bulk import JobState
from queues.waking import wake_bulk

OPEN = (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Preview:
    """How many items match now, and how many of them are in a state from which the act is legal."""

    matching: int
    legal: int
    by_state: dict[str, int]


def preview(act: str, wanted: Mapping[str, object], *, by: Principal) -> Preview:
    """Raises Refused; changes nothing."""
    return _count(_read_act(act), check_filter(wanted), by)


def start(act: str, wanted: Mapping[str, object], *, by: Principal, now: datetime) -> BulkJob:
    """A job that a worker takes up at once. Raises Refused or NotAllowed."""
    check_scope(by, Scope.OPERATE)
    chosen, kept = _read_act(act), check_filter(wanted)
    with transaction.atomic():
        job = BulkJob.objects.create(
            act=chosen,
            filter=kept,
            client=by.client,
            user=by.user,
            actor=str(by)[:ACTOR_LENGTH],
            upto=IntegrationQueue.objects.aggregate(last=Max("pk"))["last"] or 0,
            total=_count(chosen, kept, by).matching,
            created_on=now,
            touched_on=now,
        )
        auditing.note(f"bulk {chosen}", job, by=by, now=now, filter=kept, total=job.total)
    wake_bulk()
    return job


def stop(job: BulkJob, *, by: Principal, now: datetime) -> None:
    """What has been done stays done. Raises Conflict when the job has ended."""
    check_scope(by, Scope.OPERATE)
    with transaction.atomic():
        stopped = BulkJob.objects.filter(pk=job.pk, state__in=OPEN).update(
            state=JobState.STOPPED,
            message=f"Stopped by {by}."[:1000],
            ended_on=now,
            row_version=F("row_version") + 1,
        )
        if not stopped:
            raise Conflict("The job has ended already.")
        job.refresh_from_db()
        auditing.note("stop bulk job", job, by=by, now=now, done=job.done, skipped=job.skipped)


def _read_act(text: str) -> Act:
    if text not in Act.values:
        raise Refused(f"An act is one of {', '.join(Act.values)}.", field="act")
    return Act(text)


def _count(act: Act, kept: Filter, by: Principal) -> Preview:
    counted = visible(kept, by).order_by().values_list("state").annotate(Count("pk"))
    by_state = {str(state): number for state, number in counted}
    legal = sum(by_state.get(state, 0) for state in legal_states(act))
    return Preview(sum(by_state.values()), legal, by_state)
