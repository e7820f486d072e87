"""Runs that an agent of a client makes outside of the hub: started, reported on, and ended by the agent.

(client, system, name) names what is run; an unknown name is registered by its first start. At most one run
of it is open. Only ending a run moves the watermark that the next one resumes from, and only forward.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from integrationhub.wire.timestamps import Timestamp
from integrations import auditing, texts
from integrations.errors import NotAllowed, Refused
from integrations.models import Client, ExternalIntegration, IntegrationRun, System
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope

MOST_NAMES = 1000
MOST_CUSTOM_VALUES = 100
LONGEST_CUSTOM_VALUE = 4000
AT_ONCE = timedelta(seconds=1)
SUPERSEDED = "Superseded by the start of another run."

Status = IntegrationRun.Status


@dataclass(frozen=True, slots=True)
class Name:
    """What an agent runs, as it says it."""

    client: Client
    system: System
    name: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an agent tells of its run; None is nothing new."""

    synced_to: Timestamp | None = None
    synced_key: int | None = None
    custom_values: Mapping[str, str | None] | None = None
    message: str | None = None


def start(name: Name, *, now: datetime) -> IntegrationRun:
    """Opens a run. One that was open is abandoned for it, unless both were started at once: then it is
    that one. Raises Refused for a name that cannot be registered."""
    with transaction.atomic():
        external = _find(name) or _register(name)
        is_open = external.runs.filter(status=Status.RUNNING).first()
        if is_open and now - is_open.started_on <= AT_ONCE:  # or asked before it, and waited
            return _of(external, is_open)
        if is_open:
            _close(is_open, Status.ABANDONED, now, message=SUPERSEDED)
        run = IntegrationRun.objects.create(
            client=name.client, external=external, started_on=now, touched_on=now
        )
        return _of(external, run)


def progress(name: Name, report: Report, *, now: datetime) -> IntegrationRun:
    """A sign of life, and how far the run has come. Raises Refused where no run is open."""
    with transaction.atomic():
        run = _open_run(name)
        _note(run, report, now)
        return run


def end(name: Name, report: Report, *, status: str = Status.COMPLETED, now: datetime) -> IntegrationRun:
    """Closes the open run. Completing it moves the watermark; repeating the call changes nothing.

    Raises Refused where no run is open, or the status is none that ends a run.
    """
    if status not in (Status.COMPLETED, Status.FAILED, Status.ABANDONED):
        raise Refused("A run ends Completed, Failed or Abandoned.", field="status")
    with transaction.atomic():
        external = _known(name)
        last = external.runs.order_by("-id").first()
        if last is None or last.status not in (Status.RUNNING, status):
            raise Refused(_not_open(last), field="name")
        run = _of(external, last)
        if run.status == Status.RUNNING:
            _note(run, report, now)
            if status == Status.COMPLETED:
                _move(external, run)
            _close(run, Status(status), now)
        return run


def fail(name: Name, report: Report, *, status: str = Status.FAILED, now: datetime) -> IntegrationRun:
    """As end, for a run that came to nothing. Raises Refused also for one that is called completed."""
    if status == Status.COMPLETED:
        raise Refused("A run that fails is not Completed.", field="status")
    return end(name, report, status=status, now=now)


def last(name: Name) -> IntegrationRun | ExternalIntegration | None:
    """The newest run; where retention has left none, what is run; None for an unknown name."""
    external = _rows(name).first()
    if external is None:
        return None
    run = external.runs.order_by("-id").first()
    return _of(external, run) if run else external


def abandon_silent(now: datetime) -> int:
    """Closes runs of agents that have not been heard of for HUB_AGENT_MINUTES."""
    silent_since = now - timedelta(minutes=settings.HUB_AGENT_MINUTES)
    silent = IntegrationRun.objects.filter(
        status=Status.RUNNING, external__isnull=False, touched_on__lt=silent_since
    )
    message = f"Nothing was heard of it for {settings.HUB_AGENT_MINUTES} minutes."
    return silent.update(
        status=Status.ABANDONED,
        ended_on=now,
        message=message,
        updated_on=now,
        row_version=F("row_version") + 1,
    )


def reset_watermark(external: ExternalIntegration, *, now: datetime, by: Principal) -> None:
    """The next run resumes from the beginning. For staff."""
    check_scope(by, Scope.OPERATE)
    check_acts_for(external.client_id, by)
    if not by.is_staff:
        raise NotAllowed("Only staff reset the watermark of an agent.")
    with transaction.atomic():
        row = ExternalIntegration.objects.select_for_update(no_key=True, of=("self",)).get(pk=external.pk)
        auditing.note(
            "reset watermark", row, by=by, now=now, synced_to=str(row.synced_to), synced_key=row.synced_key
        )
        row.synced_ticks, row.synced_offset, row.synced_key = None, "", None
        _save(row, "synced_ticks", "synced_offset", "synced_key")
    external.refresh_from_db()


def _rows(name: Name) -> QuerySet[ExternalIntegration]:
    return ExternalIntegration.objects.filter(client=name.client, system=name.system, name=name.name)


def _find(name: Name) -> ExternalIntegration | None:
    """Locked: what happens to the runs of one name happens one after the other."""
    return _rows(name).select_for_update(no_key=True).first()


def _known(name: Name) -> ExternalIntegration:
    external = _find(name)
    if external is None:
        raise Refused("No integration of this name has been started under this system.", field="name")
    return external


def _register(name: Name) -> ExternalIntegration:
    _check(name.name)
    # Registering is done one after the other for each client, so that the limit holds.
    Client.objects.select_for_update(no_key=True).get(pk=name.client.pk)
    known = _find(name)
    if known is not None:
        return known
    if ExternalIntegration.objects.filter(client=name.client).count() >= MOST_NAMES:
        raise Refused(f"A client has at most {MOST_NAMES} integrations of its own agents.", field="name")
    return ExternalIntegration.objects.create(client=name.client, system=name.system, name=name.name)


def _check(name: str) -> None:
    if not name.strip():
        raise Refused("The name is missing.", field="name")
    if len(name) > 256:
        raise Refused("A name has at most 256 characters.", field="name")
    if reason := texts.refusal(name):
        raise Refused(f"The name {reason}", field="name")


def _open_run(name: Name) -> IntegrationRun:
    external = _known(name)
    run = external.runs.order_by("-id").first()
    if run is None or run.status != Status.RUNNING:
        raise Refused(_not_open(run), field="name")
    return _of(external, run)


def _not_open(last: IntegrationRun | None) -> str:
    if last is None:
        return "No run of it is open; start one."
    return f"No run of it is open: the last one is {last.status}. Start one."


def _of(external: ExternalIntegration, run: IntegrationRun) -> IntegrationRun:
    run.external = external
    return run


def _note(run: IntegrationRun, report: Report, now: datetime) -> None:
    external = run.external
    assert external is not None  # noqa: S101  (by the queries above)
    if report.synced_to is not None:
        run.synced_ticks, run.synced_offset = report.synced_to.ticks, report.synced_to.offset
        run.synced_key = report.synced_key
    if report.message is not None:
        run.message = texts.printable(report.message)[:1000]
    run.touched_on = now
    _save(run, "synced_ticks", "synced_offset", "synced_key", "message", "touched_on")
    if report.custom_values is not None:
        external.custom_values = _checked(report.custom_values)
        _save(external, "custom_values")


def _checked(values: Mapping[str, str | None]) -> dict[str, str | None]:
    too_long = any(len(text or "") > LONGEST_CUSTOM_VALUE for pair in values.items() for text in pair)
    if len(values) > MOST_CUSTOM_VALUES or too_long:
        limits = f"{MOST_CUSTOM_VALUES} values of {LONGEST_CUSTOM_VALUE} characters"
        raise Refused(f"There are at most {limits}.", field="custom_values")
    return dict(values)


def _move(external: ExternalIntegration, run: IntegrationRun) -> None:
    if run.synced_ticks is None or _place(run) <= _place(external):
        return
    external.synced_ticks, external.synced_offset = run.synced_ticks, run.synced_offset
    external.synced_key = run.synced_key
    _save(external, "synced_ticks", "synced_offset", "synced_key")


def _place(row: IntegrationRun | ExternalIntegration) -> tuple[float, float]:
    """Nothing is before everything."""
    nothing = float("-inf")
    return (
        nothing if row.synced_ticks is None else row.synced_ticks,
        nothing if row.synced_key is None else row.synced_key,
    )


def _close(run: IntegrationRun, status: IntegrationRun.Status, now: datetime, *, message: str = "") -> None:
    run.status, run.ended_on = status, now
    run.message = message or run.message
    _save(run, "status", "ended_on", "message")


def _save(row: Any, *fields: str) -> None:
    row.row_version += 1
    row.save(update_fields=[*fields, "row_version", "updated_on"])
