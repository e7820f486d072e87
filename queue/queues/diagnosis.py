"""A look at an installation: is everything there that has to be, and does the engine move?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from integrationhub import keys
from integrations import ending, holdups
from integrations.management.migrated import count_missing_migrations
from integrations.models import ClientIntegration, Consent, EngineSwitch
from queues import beats, disk
from queues.clock import database_now
from queues.models import IntegrationQueue
from queues.states import State
from queues.supervising import tick_schedule

OLDEST_TICK = timedelta(seconds=150)
OLDEST_PULSE = timedelta(seconds=60)
OLDEST_DUE = timedelta(minutes=5)
LARGEST_SKEW = timedelta(seconds=2)
PROBLEMS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw. `ok` is False where somebody has to do something."""

    check: str
    ok: bool
    text: str


def examine() -> Iterator[Finding]:
    """One finding for each check; only the first ones where the database cannot be used."""
    yield _examine_disk()
    yield _examine_keys_file()
    for check in (_examine_database, _examine_migrations):
        finding = check()
        yield finding
        if not finding.ok:
            return
    now = database_now()
    for examine_part in _PARTS:
        yield examine_part(now)


def _examine_disk() -> Finding:
    place = settings.DATA_DIR
    if fault := disk.write_fault(place):
        return Finding("disk", False, f"{place} {fault}")
    free = disk.free_mb(place)
    return Finding("disk", free >= disk.LEAST_FREE_MB, f"{free} MB are free for {place}")


def _examine_keys_file() -> Finding:
    path = settings.DATA_DIR / keys.FILE_NAME
    if not path.exists():
        return Finding("keys file", False, f"{path} is missing; any command of the hub makes a new one")
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding("keys file", False, f"others may read {path} (mode {mode:o}); run: chmod 600 {path}")
    return Finding("keys file", True, f"{path}, mode {mode:o}")


def _examine_database() -> Finding:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        return Finding("database", False, f"cannot be reached: {reason}")
    return Finding("database", True, connection.vendor)


def _examine_migrations() -> Finding:
    if missing := count_missing_migrations():
        return Finding("migrations", False, f"{missing} are not applied; run: python manage.py migrate")
    return Finding("migrations", True, "all applied")


def _examine_tick_schedule(now: datetime) -> Finding:
    faults = tick_schedule.find_faults(timezone.now())
    if faults:
        return Finding("tick schedule", False, "; ".join(faults) + "; hub_run mends it")
    return Finding("tick schedule", True, "there is exactly one, every minute")


def _examine_tick(now: datetime) -> Finding:
    return _examine_beat("tick", now, oldest=OLDEST_TICK)


def _examine_pulse(now: datetime) -> Finding:
    return _examine_beat("pulse", now, oldest=OLDEST_PULSE)


def _examine_beat(name: str, now: datetime, *, oldest: timedelta) -> Finding:
    seen_on = beats.last_seen(name)
    if seen_on is None:
        return Finding(f"last {name}", False, "never; is hub_run running?")
    age = now - seen_on
    if age > oldest:
        return Finding(f"last {name}", False, f"{describe_age(age)} ago; is hub_run running?")
    return Finding(f"last {name}", True, f"{describe_age(age)} ago")


def _examine_clock(now: datetime) -> Finding:
    skew = abs(timezone.now() - database_now())
    text = f"{skew.total_seconds():.1f} s from the database's"
    return Finding("clock", skew <= LARGEST_SKEW, text)


def _examine_problems(now: datetime) -> Finding:
    stopped = Q(enabled=True) & ~Q(problem="") | holdups.unwanted(now)
    troubled = holdups.with_reasons(ClientIntegration.objects.filter(stopped), now)
    described = [
        f"{each.client.code}: {each.integration.name}: {each.problem or holdups.reason_of(each, now)}"
        for each in troubled.order_by(F("problem_on").asc(nulls_last=True))[:PROBLEMS_SHOWN]
    ]
    if not described:
        return Finding("client integrations", True, "none has a problem")
    count = troubled.count()
    return Finding("client integrations", False, f"{count} with a problem: " + "; ".join(described))


def _examine_consents(now: datetime) -> Finding:
    """Those that end soon are told of; those that have ended are a fault."""
    needing = ending.needing_somebody(now).select_related("client", "consent_type")
    shown = [
        f"{each.client.code}: {each.consent_type} {ending.describe(each, now)}"
        for each in needing[:PROBLEMS_SHOWN]
    ]
    ended = needing.exclude(state=Consent.State.GRANTED, expires_on__gt=now).exists()
    return Finding("consents", not ended, "; ".join(shown) or "none is about to end")


def _examine_due_rows(now: datetime) -> Finding:
    waiting = IntegrationQueue.objects.due(now).order_by("due_at", "pk")
    oldest = waiting.values_list("due_at", flat=True).first()
    if oldest is None:
        return Finding("oldest due row", True, "none is due")
    age = now - oldest
    return Finding("oldest due row", age <= OLDEST_DUE, f"due for {describe_age(age)}")


def _examine_switches(now: datetime) -> Finding:
    """Stopped is stopped by somebody: said here, so that nobody takes it for a fault."""
    stopped = EngineSwitch.objects.filter(running=False)
    hub = stopped.filter(client=None).first()
    if hub is not None:
        since = describe_age(now - hub.switched_on) if hub.switched_on else "some time"
        return Finding("engine", False, f"stopped by staff since {since}; start it in the back office")
    count = stopped.count()
    return Finding("engine", True, f"runs; {count} clients have stopped theirs" if count else "runs")


def _examine_dead_letters(now: datetime) -> Finding:
    """For a person to handle, each of them; none of them says that the hub itself is ill."""
    count = IntegrationQueue.objects.filter(state=State.DEAD_LETTER).count()
    return Finding("dead letters", True, str(count))


def describe_age(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


_PARTS: tuple[Callable[[datetime], Finding], ...] = (
    _examine_tick_schedule,
    _examine_tick,
    _examine_pulse,
    _examine_clock,
    _examine_switches,
    _examine_problems,
    _examine_consents,
    _examine_due_rows,
    _examine_dead_letters,
)
