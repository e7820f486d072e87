"""`hub_bench admin`: how long each page of the back office takes, with many items in the ledger."""

import gzip
import time
from statistics import median

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bench import multiplying, noop, world
from bench.engine import Say
from bench.place import open_place, require
from bench.tables import Report
from integrations.models import IntegrationRun
from queues import snapshots
from queues.admin.saved_views import SAVED_VIEWS
from queues.models import IntegrationQueue
from queues.states import State

_QUEUE = "/admin/queue/integrationqueue/"


def bench_admin(*, finished: int, rounds: int, say: Say) -> Report:
    require("postgresql")
    noop.register()
    with open_place():
        _fill(finished)
        browser = _sign_in()
        report = Report(f"Pages of the back office, {finished:,} items in the ledger, {rounds} rounds")
        for path in _pages():
            say(path)
            report.rows.append(_measure(browser, path, rounds=rounds))
        return report


def _fill(finished: int) -> None:
    """Nearly all delivered; some due, some dead."""
    now = timezone.now()
    activations = world.make_world(noop.NAME, {}, now=now)
    world.store_records(activations, 1000, now=now)
    world.fill_queue(activations, now=now)
    multiplying.add_finished(activations[0], finished, now=now)
    some = IntegrationQueue.objects.order_by("-pk").values("pk")[:500]
    IntegrationQueue.objects.filter(pk__in=list(some.values_list("pk", flat=True))).update(
        state=State.DEAD_LETTER, message="422: the account is closed"
    )
    multiplying.vacuum()
    snapshots.take(now)


def _sign_in() -> Browser:
    browser = Browser(SERVER_NAME="localhost")
    user = User.objects.create_superuser("bench")
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def _pages() -> list[str]:
    """The dashboard, every list, the looks at the queue, and a row of each kind that people open."""
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in sorted(admin.site._registry, key=lambda model: model._meta.label_lower)
    ]
    looks = [f"{_QUEUE}?view={name}" for name in SAVED_VIEWS]
    searches = [f"{_QUEUE}?q=copy-77", f"{_QUEUE}?q=nowhere", f"{_QUEUE}?message__icontains=closed"]
    return ["/admin/", *looks, *searches, _items_of_a_run(), *lists, *_rows()]


def _items_of_a_run() -> str:
    run = IntegrationRun.objects.order_by("pk")[0]
    return f"{_QUEUE}?client_integration__id__exact={run.client_integration_id}&run__id__exact={run.pk}"


def _rows() -> list[str]:
    rows = []
    for label in ("client", "integration", "clientintegration", "action", "record"):
        model = next(
            each for each in admin.site._registry if each._meta.label_lower == f"integrations.{label}"
        )
        row = model._default_manager.order_by("pk").first()
        rows.append(reverse(f"admin:integrations_{label}_change", args=[row.pk if row else 0]))
    item = IntegrationQueue.objects.filter(state=State.DEAD_LETTER).first()
    return [*rows, reverse("admin:queue_integrationqueue_change", args=[item.pk if item else 0])]


def _measure(browser: Browser, path: str, *, rounds: int) -> dict[str, object]:
    """The first visit is not counted: it finds caches and templates cold."""
    browser.get(path)
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(path)
        seconds.append(time.perf_counter() - begun)
    return {
        "page": path.removeprefix("/admin"),
        "status": answer.status_code,
        "ms": median(seconds) * 1000,
        "queries": len(queries),
        "KB gzipped": len(gzip.compress(answer.content)) / 1000,
    }
