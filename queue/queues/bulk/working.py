"""Working bulk jobs off: chunk by chunk, each a transaction that also moves the job's cursor.

Whatever is killed between two lines of this leaves a job that is exactly as far as its items are.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import OperationalError, transaction

from integrations import auditing
from integrations.models import ClientIntegration
from integrations.principals import Principal
from queues.acts import TARGETS, Act, changes, legal_states
from queues.bulk.jobs import OPEN
from queues.bulk.selection import select
from queues.models import BulkJob, IntegrationQueue
from queues.models.bulk import JobState
from queues.models.items import QueueItemQuerySet
from queues.states import State
from queues.waking import wake_drains

CHUNK = 1000
MOST_FAILURES = 5

log = structlog.get_logger(__name__)


def has_work() -> bool:
    return BulkJob.objects.filter(state__in=OPEN).exists()


def work(*, now: datetime) -> bool:
    """One chunk of the job that has waited longest. Returns whether there was one."""
    with transaction.atomic():
        # Another worker's job is passed over: each chunk is one worker's.
        waiting = BulkJob.objects.filter(state__in=OPEN).order_by("touched_on", "pk")
        job = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if job is None:
            return False
        try:
            with transaction.atomic():
                _work_on(job, now)
        except Exception as error:
            _note_failure(job, error, now)
        job.touched_on = now
        job.row_version += 1
        job.save()
    return True


def _work_on(job: BulkJob, now: datetime) -> None:
    job.state, job.started_on, job.failures = JobState.RUNNING, job.started_on or now, 0
    rest = select(job.filter, job.client).filter(pk__gt=job.cursor, pk__lte=job.upto).order_by("pk")
    chunk = list(rest.values_list("pk", "client_integration_id")[:CHUNK])
    if chunk:
        _hold_still(sorted({activation for _, activation in chunk}))
        _act(job, [pk for pk, _ in chunk], now)
        job.cursor = chunk[-1][0]
    if len(chunk) < CHUNK:
        _end(job, now)


def _hold_still(activations: Sequence[int]) -> None:
    """None of them is switched on or off between the look at it and the change of its rows."""
    rows = ClientIntegration.objects.filter(pk__in=activations).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True).values_list("pk"))


def _act(job: BulkJob, keys: Sequence[int], now: datetime) -> None:
    act = Act(job.act)
    for state, pks in _lock(select(job.filter, job.client), keys).items():
        if state in legal_states(act):
            rows = IntegrationQueue.objects.filter(pk__in=pks)
            job.done += rows.update(**changes(act, state, actor=job.actor, now=now))
        else:
            job.skipped += len(pks)
            job.skipped_states[state] = job.skipped_states.get(state, 0) + len(pks)
    if TARGETS[act] == State.PENDING:
        wake_drains()


def _lock(rows: QueueItemQuerySet, keys: Sequence[int]) -> dict[str, list[int]]:
    """Those that match still, by state."""
    by_state: dict[str, list[int]] = defaultdict(list)
    locked = rows.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",), no_key=True)
    for pk, state in locked.values_list("pk", "state"):
        by_state[state].append(pk)
    return by_state


def _end(job: BulkJob, now: datetime) -> None:
    job.state, job.ended_on = JobState.DONE, now
    by = Principal(job.user, job.client)
    auditing.note(f"bulk {job.act} done", job, by=by, now=now, done=job.done, skipped=job.skipped)


def _note_failure(job: BulkJob, error: Exception, now: datetime) -> None:
    """A chunk that could not be done was not done at all. What a busy database refused is tried again."""
    log.warning("bulk_chunk_failed", job=job.pk, exc_info=error)
    fresh = BulkJob.objects.get(pk=job.pk)
    for name in ("state", "cursor", "done", "skipped", "skipped_states", "started_on", "ended_on"):
        setattr(job, name, getattr(fresh, name))
    job.failures = fresh.failures + 1
    if not isinstance(error, OperationalError) or job.failures >= MOST_FAILURES:
        job.state, job.ended_on = JobState.FAILED, now
        job.message = f"{type(error).__name__}: see the log of the worker."
