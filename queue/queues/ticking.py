"""The tick: fires the slots that are due, takes up what was cut off, and sees to it that drains run."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import structlog
from django.db import transaction
from django.db.models import Q

from integrationhub.wire.expressions.errors import ExpressionError
from integrations import activation as activations
from integrations import engine_switch, idempotency, runs, schedules
from integrations.models import ClientIntegration, IntegrationRun
from queues import beats, bulk, forcing, hints, retention, snapshots
from queues.clock import database_now
from queues.directions import way_of
from queues.plans import BROKEN, make_plan
from queues.waking import drain_slots, start_drains, wake_bulk

log = structlog.get_logger(__name__)

# What other apps have done at every tick. One that fails stops nothing else.
keepers: list[Callable[[datetime], object]] = []

SILENT_FOR = timedelta(minutes=3)
TRY_AGAIN_IN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class TickReport:
    runs: int
    queued: int
    problems: int


def tick(now: datetime) -> TickReport:
    """Safe on any number of machines at once: a slot is fired by whoever stores it first."""
    activations.align(ClientIntegration.objects.all(), now=now)
    report = _run_all(now) if engine_switch.hub_is_running() else TickReport(0, 0, 0)
    _keep_house(now)
    beats.beat("tick", now)
    return report


def _run_all(now: datetime) -> TickReport:
    runs = [*_take_up_silent_runs(now), *_fire_due_slots(now)]
    queued = [_run_apart(run, now) for run in runs]
    hints.give()
    start_drains(drain_slots())
    if bulk.has_work():
        wake_bulk()
    return TickReport(len(runs), sum(n for n in queued if n is not None), sum(n is None for n in queued))


_HOUSEKEEPING = (
    forcing.end_spent,
    runs.abandon_silent,
    snapshots.take,
    retention.prune_hourly,
    idempotency.prune,
)


def _keep_house(now: datetime) -> None:
    """What does not deliver anything must not stop it either."""
    for keep in (*_HOUSEKEEPING, *keepers):
        try:
            keep(now)
        except Exception:
            log.exception("housekeeping_failed", part=keep.__module__)


def _fire_due_slots(now: datetime) -> list[IntegrationRun]:
    """Of the scopes whose shortest time between two automatic runs is over."""
    if not engine_switch.may_iterate(now):
        return []
    due = ClientIntegration.objects.due(now).exclude(
        Q(client__engine__running=False) | Q(client__engine__not_before__gt=now)
    )
    rows = due.select_related("client", "schedule", "integration__schedule").defer("secret")
    fired = [run for activation in rows if (run := _fire_apart(activation, now))]
    if fired:
        engine_switch.note_iteration({run.client_id for run in fired}, now=now)
    return fired


def _fire_apart(activation: ClientIntegration, now: datetime) -> IntegrationRun | None:
    """One bad row stops only itself."""
    try:
        return _fire(activation, now)
    except Exception as error:
        _report(activation.pk, error, now)
        ClientIntegration.objects.filter(pk=activation.pk).update(next_run_at=now + TRY_AGAIN_IN)
        return None


def _fire(activation: ClientIntegration, now: datetime) -> IntegrationRun | None:
    """Stores the slot and moves on to the next one after now: a downtime costs one run to catch up."""
    slot = activation.next_run_at
    following = schedules.next_run(activation.effective_schedule.cron, activation.client.time_zone, after=now)
    with transaction.atomic():
        if not ClientIntegration.objects.filter(pk=activation.pk, next_run_at=slot).update(
            next_run_at=following
        ):
            return None
        run, is_ours = IntegrationRun.objects.get_or_create(
            client_integration_id=activation.pk,
            slot=slot,
            defaults={
                "client_id": activation.client_id,
                "version": activation.integration.version,
                "started_on": now,
                "touched_on": now,
            },
        )
    return run if is_ours else None


def _take_up_silent_runs(now: datetime) -> list[IntegrationRun]:
    """Runs whose process died: whoever moves the sign of life first takes them up."""
    silent = IntegrationRun.objects.filter(
        status=IntegrationRun.Status.RUNNING, external=None, touched_on__lt=now - SILENT_FOR
    )
    return [
        run
        for run in silent
        if IntegrationRun.objects.filter(pk=run.pk, touched_on=run.touched_on).update(touched_on=now)
    ]


def _run_apart(run: IntegrationRun, now: datetime) -> int | None:
    """Finds the items of one run. None: it failed, which is noted where staff look, and stops nobody else."""
    activation_id = cast(int, run.client_integration_id)  # an agent's runs do not come here
    try:
        plan = make_plan(activation_id)
        report = way_of(plan.integration).find(plan, run)
    except Exception as error:
        _report(activation_id, error, now)
        _end(run, IntegrationRun.Status.FAILED, message=_describe(error))
        return None
    if report.problem:
        activations.note_problem(plan.activation, report.problem, now=now)
    else:
        activations.clear_problem(plan.activation)
    _end(run, IntegrationRun.Status.COMPLETED, queued=report.queued)
    beats.beat("scan", database_now())
    return report.queued


def _end(run: IntegrationRun, status: IntegrationRun.Status, *, queued: int = 0, message: str = "") -> None:
    ended = database_now()
    IntegrationRun.objects.filter(pk=run.pk).update(
        status=status, ended_on=ended, touched_on=ended, queued=queued, message=message
    )


def _report(client_integration_id: int, error: Exception, now: datetime) -> None:
    log.warning(
        "run_failed", client_integration=client_integration_id, error=_describe(error), exc_info=error
    )
    activation = ClientIntegration.objects.defer("secret").get(pk=client_integration_id)
    activations.note_problem(activation, _describe(error), now=now)


def _describe(error: Exception) -> str:
    if isinstance(error, ExpressionError):
        return f"The filter, at character {error.position + 1}: {error.message}."[:1000]
    if isinstance(error, (*BROKEN, schedules.InvalidScheduleError)):
        return str(error)[:1000]
    return f"{type(error).__name__}: see the log of the worker."
