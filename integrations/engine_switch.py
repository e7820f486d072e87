"""Stopping the engine, starting it, slowing it down: for the whole hub, or by a client for itself alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from integrations import auditing
from integrations.activation import align
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.models import Client, ClientIntegration, EngineSwitch
from integrations.principals import Principal, Scope

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(hours=24)
# A sync by force lasts until what it found is delivered, but no longer than this.
FORCED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class EngineState:
    """Of one scope, as somebody in it sees it."""

    own_is_running: bool
    hub_is_running: bool
    interval: timedelta
    switched_on: datetime | None = None

    @property
    def is_running(self) -> bool:
        return self.own_is_running and self.hub_is_running


def look(client: Client | None) -> EngineState:
    """The client's scope, or the hub's."""
    hub, own = _read(None), _read(client)
    switch = hub if client is None else own
    since = switch.switched_on if switch.running else own.switched_on
    if not hub.running:
        since = hub.switched_on
    return EngineState(switch.running, hub.running, switch.interval, since)


def hub_is_running() -> bool:
    return not EngineSwitch.objects.filter(client=None, running=False).exists()


def switch(client: Client | None, running: bool, *, by: Principal, now: datetime) -> None:
    """Start or stop this scope. Doing what is done already changes nothing. Raises NotAllowed."""
    with transaction.atomic():
        row = _locked(client, by)
        if row.running == running:
            return
        row.running, row.switched_on, row.forced_until = running, now, None
        _save(row, "running", "switched_on", "forced_until")
        auditing.note("start engine" if running else "stop engine", row, by=by, now=now)
        _align(client, now)


def change_interval(client: Client | None, interval: timedelta, *, by: Principal, now: datetime) -> None:
    """Raises Refused for one that is out of bounds, and NotAllowed."""
    if not SHORTEST <= interval <= LONGEST:
        raise Refused("An interval is 1 minute to 24 hours.", field="interval")
    with transaction.atomic():
        row = _locked(client, by)
        if row.interval == interval:
            return
        before, row.interval_seconds = row.interval_seconds, int(interval.total_seconds())
        row.not_before = row.iterated_on and row.iterated_on + row.interval
        _save(row, "interval_seconds", "not_before")
        auditing.note(
            "change engine interval", row, by=by, now=now, before=before, seconds=row.interval_seconds
        )


def force(client: Client, *, by: Principal, now: datetime) -> None:
    """Lets a stopped client's work through for one sync. Raises Conflict while the hub is stopped."""
    with transaction.atomic():
        row = _locked(client, by)
        if not hub_is_running():
            raise Conflict("The hub's engine is stopped.")
        if not row.running:
            row.forced_until = now + FORCED_FOR
            _save(row, "forced_until")
            auditing.note("force sync", row, by=by, now=now)
            _align(client, now)


def end_force(switches: Iterable[EngineSwitch], *, now: datetime) -> None:
    for row in switches:
        EngineSwitch.objects.filter(pk=row.pk).update(forced_until=None)
        _align(row.client, now)


def note_iteration(client_ids: Iterable[int], *, now: datetime) -> None:
    """Automatic runs of these clients have begun: their next ones, and the hub's, wait for the interval."""
    minute = now.replace(second=0, microsecond=0)  # as slots are: a tick that is a second early counts
    of_scope = EngineSwitch.objects.filter(client__in=list(client_ids)) | EngineSwitch.objects.filter(
        client=None
    )
    for row in of_scope:
        EngineSwitch.objects.filter(pk=row.pk).update(iterated_on=minute, not_before=minute + row.interval)


def may_iterate(now: datetime) -> bool:
    """Whether automatic runs may begin at all."""
    return not EngineSwitch.objects.filter(client=None, not_before__gt=now).exists()


def _read(client: Client | None) -> EngineSwitch:
    return EngineSwitch.objects.filter(client=client).first() or EngineSwitch(client=client)


def _locked(client: Client | None, by: Principal) -> EngineSwitch:
    _check(client, by)
    EngineSwitch.objects.get_or_create(client=client)
    return EngineSwitch.objects.select_for_update(of=("self",)).select_related("client").get(client=client)


def _check(client: Client | None, by: Principal) -> None:
    if not (by.may(Scope.ERPSYNC) or by.may(Scope.OPERATE)):
        raise NotAllowed(f"The credential lacks the scope {Scope.ERPSYNC}.")
    if client is None and not by.spans_clients:
        raise NotAllowed("Only staff switch the hub's engine.")
    if client is not None and not by.spans_clients and by.client != client:
        raise NotAllowed("This belongs to another client.")


def _align(client: Client | None, now: datetime) -> None:
    """A client's stop takes its work out of the claims at once; the hub's is asked for by tick and drains."""
    if client is not None:
        align(ClientIntegration.objects.for_client(client), now=now)


def _save(row: EngineSwitch, *fields: str) -> None:
    row.row_version += 1
    row.save(update_fields=[*fields, "row_version", "updated_on"])
