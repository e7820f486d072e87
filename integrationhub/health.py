"""For the machines that watch over the hub: does it live, may it be sent requests?"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from queues import beats, disk
from queues.clock import database_now
from queues.diagnosis import OLDEST_TICK, describe_age

# Migrations are never taken back while a process runs: once found applied, they are not looked for again.
_migrated = False


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """This process answers. It asks nothing else: a database that is gone is not mended by a restart."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """`{"status", "checks": {name: what is wrong, or "ok"}}`; 503 unless all of them are."""
    checks = _examine()
    is_ready = all(fault == "ok" for fault in checks.values())
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"status": "ok" if is_ready else "unready", "checks": checks}, status=status)


def _examine() -> dict[str, str]:
    """In this order; what stands behind a fault is not asked for."""
    checks: dict[str, str] = {}
    parts: dict[str, Callable[[], str | None]] = {
        "disk": _disk_fault,
        "database": _database_fault,
        "migrations": _migrations_fault,
        "engine": _engine_fault,
    }
    for name, find_fault in parts.items():
        checks[name] = _ask(find_fault) or "ok"
        if checks[name] != "ok":
            break
    return checks


def _ask(find_fault: Callable[[], str | None]) -> str | None:
    try:
        return find_fault()
    except DatabaseError:
        return "the database does not answer"


def _disk_fault() -> str | None:
    return disk.write_fault(settings.DATA_DIR)


def _database_fault() -> str | None:
    try:
        database_now()
    except DatabaseError:
        return "does not answer"
    return None


def _migrations_fault() -> str | None:
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return None if _migrated else "not all are applied"


def _engine_fault() -> str | None:
    """A hub whose engine was never started is complete without one; one that fell silent is not."""
    ticked_on = beats.last_seen("tick")
    return None if ticked_on is None else _silence(ticked_on, database_now())


def _silence(ticked_on: datetime, now: datetime) -> str | None:
    age = now - ticked_on
    return f"last tick {describe_age(age)} ago" if age > OLDEST_TICK else None
