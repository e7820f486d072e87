"""Switching integrations on and off for a client, and what follows from it: `runnable` and `next_run_at`.

Every verb locks the row, checks that the caller may act for its client, raises `row_version` and refreshes
the instance it was given. Doing what is done already changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from integrations import consent as consents
from integrations import sign_ins, texts
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.models import Client, ClientIntegration, Integration, Schedule, System
from integrations.models.activations import ClientIntegrationQuerySet
from integrations.ownership import check_acts_for
from integrations.principals import Principal
from integrations.schedules import InvalidScheduleError, next_run

# Called within the transaction, with the ids of the activations whose `runnable` has changed.
listeners: list[Callable[[Sequence[int], datetime], None]] = []

PROBLEM_LENGTH = 1000
_PROBLEM_FIELDS = ["problem", "problem_on", "row_version"]


def activate_for(client: Client, integration: Integration) -> ClientIntegration:
    """The client's row for this integration, made switched off if there is none."""
    if integration.owner_id not in (None, client.pk):
        raise NotAllowed("The integration belongs to another client.", field="integration")
    activation, _ = ClientIntegration.objects.get_or_create(client=client, integration=integration)
    return activation


def enable(activation: ClientIntegration, *, now: datetime, by: Principal, consent: bool = False) -> None:
    """Switch on; the first run is due at once. `consent` says that the client agrees, where needed."""
    with _locked(activation, by) as row:
        if not row.integration.active:
            raise Conflict(f"{row.integration} is not active.")
        agreed = consents.obtain(row, given=consent, now=now, by=by)
        if row.enabled and row.consent == agreed:
            return
        switched_on = {"activation_no": row.activation_no + 1, "problem": "", "problem_on": None}
        _change(row, now=now, enabled=True, consent=agreed, **switched_on)


def disable(activation: ClientIntegration, *, now: datetime, by: Principal) -> None:
    """Switch off. What runs at this moment runs to its end; the consent stays in force."""
    with _locked(activation, by) as row:
        if row.enabled:
            _change(row, now=now, enabled=False, paused=False)


def pause(activation: ClientIntegration, *, now: datetime, by: Principal) -> None:
    with _locked(activation, by) as row:
        if not row.enabled:
            raise Conflict(f"{row} is not switched on.")
        if not row.paused:
            _change(row, now=now, paused=True)


def resume(activation: ClientIntegration, *, now: datetime, by: Principal) -> None:
    with _locked(activation, by) as row:
        if row.paused:
            _change(row, now=now, paused=False)


def choose_schedule(
    activation: ClientIntegration, schedule: Schedule | None, *, now: datetime, by: Principal
) -> None:
    """Run at other times than the definition's default; None goes back to that."""
    with _locked(activation, by) as row:
        if not _may_choose(row, by):
            raise NotAllowed(f"{row.integration} keeps its schedule.", field="schedule")
        if schedule is not None and not _is_usable(schedule, row, by):
            raise Refused("The client cannot use this schedule.", field="schedule")
        if row.schedule != schedule:
            _change(row, now=now, schedule=schedule)


def sign_in_as(
    activation: ClientIntegration, *, username: str, secret: str, now: datetime, by: Principal
) -> None:
    """Keep the client's own sign-in to the system; empty texts forget it."""
    for name, text in (("username", username), ("secret", secret)):
        if reason := texts.refusal(text):
            raise Refused(f"The {name} {reason}", field=name)
    if len(username) > 256:
        raise Refused("The username has more than 256 characters.", field="username")
    with _locked(activation, by) as row:
        if (system := row.integration.system).authentication == System.Authentication.OAUTH2:
            raise Conflict(f"{system} is signed in to by connecting to it.")
        _change(row, now=now, username=username, secret=secret)
        sign_ins.tell_changed(system.pk, row.client_id)


def note_problem(activation: ClientIntegration, message: str, *, now: datetime) -> None:
    """Keep what keeps the activation from running, for people; the same problem keeps its first time."""
    text = texts.printable(message)[:PROBLEM_LENGTH]
    rows = ClientIntegration.objects.filter(pk=activation.pk).exclude(problem=text)
    _update(rows, now=now, problem=text, problem_on=now)
    activation.refresh_from_db(fields=_PROBLEM_FIELDS)


def clear_problem(activation: ClientIntegration) -> None:
    """The one that it was read with, if any."""
    if not activation.problem:
        return
    rows = ClientIntegration.objects.filter(pk=activation.pk).exclude(problem="")
    rows.update(problem="", problem_on=None, row_version=F("row_version") + 1)
    activation.refresh_from_db(fields=_PROBLEM_FIELDS)


def align(activations: ClientIntegrationQuerySet, *, now: datetime) -> None:
    """Bring rows in line with their definition, client, consent and schedule, in one transaction.

    What becomes runnable is due at once. What is due later is due by the schedule it has now; what is due
    already stays so. Finally the listeners are told which rows have changed `runnable`.
    """
    with transaction.atomic():
        changed = _switch(activations, now)
        _reschedule(activations, now)
        if changed:
            for listener in listeners:
                listener(changed, now)


@transaction.atomic
def touch(activations: ClientIntegrationQuerySet, *, now: datetime) -> None:
    """Something that they are executed with has changed: nobody goes on with what was put together before."""
    if ids := list(_locked_rows(activations).values_list("pk", flat=True)):
        _update(ClientIntegration.objects.filter(pk__in=ids), now=now)


def _switch(activations: ClientIntegrationQuerySet, now: datetime) -> list[int]:
    """Makes `runnable` what it should be. Returns the ids of the rows in which it was not."""
    wanted = ClientIntegration.objects.wanted(now).filter(pk=OuterRef("pk"))
    amiss = activations.alias(is_wanted=Exists(wanted)).exclude(runnable=F("is_wanted"))
    runnable = dict(_locked_rows(amiss).values_list("pk", "runnable"))
    for was, due in ((True, None), (False, now)):
        if rows := [pk for pk, value in runnable.items() if value == was]:
            of_these = ClientIntegration.objects.filter(pk__in=rows)
            _update(of_these, now=now, runnable=not was, next_run_at=due)
    return list(runnable)


def _reschedule(activations: ClientIntegrationQuerySet, now: datetime) -> None:
    """One statement for all rows that share a cron expression and a time zone."""
    later = activations.filter(Q(next_run_at=None) | Q(next_run_at__gt=now), runnable=True)
    scheduled = later.annotate(cron=Coalesce("schedule__cron", "integration__schedule__cron"))
    for cron, time_zone in scheduled.order_by().values_list("cron", "client__time_zone").distinct():
        rows = scheduled.filter(cron=cron, client__time_zone=time_zone)
        _set_next_run(rows, cron, time_zone, now)


def _set_next_run(rows: ClientIntegrationQuerySet, cron: str, time_zone: str, now: datetime) -> None:
    """A schedule that cannot be read stops its own rows, and says so there."""
    try:
        changes: dict[str, Any] = {"next_run_at": next_run(cron, time_zone, after=now)}
        differing = rows.exclude(**changes)
    except InvalidScheduleError as error:
        problem = texts.printable(str(error))[:PROBLEM_LENGTH]
        changes = {"next_run_at": None, "problem": problem, "problem_on": now}
        differing = rows.exclude(next_run_at=None, problem=problem)
    if ids := list(_locked_rows(differing).values_list("pk", flat=True)):
        _update(ClientIntegration.objects.filter(pk__in=ids), now=now, **changes)


def _locked_rows(rows: ClientIntegrationQuerySet) -> ClientIntegrationQuerySet:
    """In one order everywhere, so that nobody waits for somebody who waits for them."""
    return rows.select_for_update(of=("self",)).order_by("pk")


def _update(rows: ClientIntegrationQuerySet, *, now: datetime, **changes: Any) -> None:
    rows.update(**changes, updated_on=now, row_version=F("row_version") + 1)


def _change(row: ClientIntegration, *, now: datetime, **changes: Any) -> None:
    rows = ClientIntegration.objects.filter(pk=row.pk)
    _update(rows, now=now, **changes)
    align(rows, now=now)


@contextmanager
def _locked(activation: ClientIntegration, by: Principal) -> Iterator[ClientIntegration]:
    """The row as it is now, under a lock; the caller's instance is refreshed at the end.

    The secret stays unread: one that does not open any more must not keep a person from entering a new one.
    """
    check_acts_for(activation.client_id, by)
    rows = ClientIntegration.objects.select_related("integration", "consent", "schedule").defer("secret")
    with transaction.atomic():
        yield rows.select_for_update(of=("self",)).get(pk=activation.pk)
    activation.refresh_from_db()


def _may_choose(row: ClientIntegration, by: Principal) -> bool:
    return by.is_staff or row.integration.allow_schedule_update or row.integration.owner_id == row.client_id


def _is_usable(schedule: Schedule, row: ClientIntegration, by: Principal) -> bool:
    if schedule.owner_id is None:
        return schedule.shareable or by.is_staff
    return schedule.owner_id == row.client_id
