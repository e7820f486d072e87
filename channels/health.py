"""How sending through a channel goes: its rate, its circuit breaker, and when it is given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q

from channels import notices
from channels.models import IntegrationPoint, SendingState
from integrations import auditing
from integrations.models import AuditEntry
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope
from queues.breaking import Health

GIVEN_UP_AFTER = timedelta(days=5)
OFF_SECONDS = 600.0
MINUTE = timedelta(minutes=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nothing is sent now, and for how many seconds."""

    seconds: float
    reason: str


def find_pause(point: IntegrationPoint, now: datetime) -> Pause | None:
    """None when a message may be sent now; it is counted then, where the channel has a rate."""
    state = SendingState.objects.filter(point=point).first()
    if state is not None and state.off_on is not None:
        return Pause(OFF_SECONDS, f"Sending is off since {state.off_on:%Y-%m-%d}: {state.off_reason}")
    if state is not None and state.open_until is not None and state.open_until > now:
        return Pause((state.open_until - now).total_seconds(), "The other side is out of reach at present.")
    return _wait_for_place(point, now) if point.send_rate else None


def note_success(point: IntegrationPoint) -> None:
    """Costs an update that finds nothing while all is well."""
    troubled = SendingState.objects.filter(point=point).exclude(failing_since=None)
    troubled.update(failing_since=None, failures=0, openings=0, open_until=None)


def note_failure(point: IntegrationPoint, *, now: datetime, gone: bool, answered: bool, reason: str) -> None:
    """`gone`: the other side wants no more of it, ever. `answered`: it was in reach, whatever it said."""
    with transaction.atomic():
        state, _ = SendingState.objects.select_for_update().get_or_create(point=point)
        state.failing_since = state.failing_since or now
        if not answered:
            _break(state, now)
        given_up = now - state.failing_since >= GIVEN_UP_AFTER
        is_news = state.off_on is None and (gone or given_up)
        if is_news:
            state.off_on = now
            state.off_reason = (reason if gone else f"Nothing has arrived for five days. {reason}")[:500]
        state.save()
        if is_news:
            _write_down(point, state, now)
    if is_news:
        log.warning("channel_sending_off", channel=str(point.point_id), reason=state.off_reason)
        notices.tell_staff(f"Sending is off: {point.code} of {point.client}", state.off_reason)


def switch_off(point: IntegrationPoint, *, by: Principal, now: datetime) -> None:
    _check(point, by)
    with transaction.atomic():
        reason = f"Switched off by {by}."[:500]
        SendingState.objects.update_or_create(point=point, defaults={"off_on": now, "off_reason": reason})
        auditing.note("channel sending switched off", point, by=by, now=now)


def switch_on(point: IntegrationPoint, *, by: Principal, now: datetime) -> None:
    """Forgets what has gone wrong. What waits is tried within OFF_SECONDS."""
    _check(point, by)
    with transaction.atomic():
        SendingState.objects.filter(point=point).delete()
        auditing.note("channel sending switched on", point, by=by, now=now)


def _check(point: IntegrationPoint, by: Principal) -> None:
    check_scope(by, Scope.CHANNELS)
    check_acts_for(point.client_id, by)


def _wait_for_place(point: IntegrationPoint, now: datetime) -> Pause | None:
    """A minute begins with its first message; all processes count on one row."""
    state, _ = SendingState.objects.get_or_create(point=point)
    rows = SendingState.objects.filter(point=point)
    over = Q(counted_from=None) | Q(counted_from__lte=now - MINUTE)
    if rows.filter(over).update(counted_from=now, counted=1):
        return None
    if rows.filter(counted__lt=point.send_rate).update(counted=F("counted") + 1):
        return None
    ends = (state.counted_from or now) + MINUTE
    seconds = max(1.0, (ends - now).total_seconds())
    return Pause(seconds, f"The channel sends {point.send_rate} messages a minute at most.")


def _break(state: SendingState, now: datetime) -> None:
    before = Health(state.failures, state.openings, state.open_until)
    after = before.after(answered=0, unanswered=1, now=now)
    state.failures, state.openings, state.open_until = after.failures, after.openings, after.open_until


def _write_down(point: IntegrationPoint, state: SendingState, now: datetime) -> None:
    AuditEntry.objects.create(
        on=now,
        actor="the hub",
        client_id=point.client_id,
        act="channel sending given up",
        target=f"channel {point.pk}: {point}"[: auditing.TARGET_LENGTH],
        detail={"reason": state.off_reason},
    )
