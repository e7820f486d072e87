"""A run of an inbound integration: pages are read from the watermark on, and their items queued."""

import time
from dataclasses import dataclass, field

import structlog
from django.db import transaction

from integrationhub.wire.transport import Response
from integrations.models import IntegrationRun
from integrations.texts import printable
from queues import bearers, clock, planning
from queues.enqueue import Opening
from queues.handlers import SignIn
from queues.inbound import configuration, pages, paging, payloads, watermarks
from queues.inbound.configuration import Pull
from queues.inbound.pages import Item, PullFailed
from queues.inbound.watermarks import Overtaken, Position
from queues.plans import Plan
from queues.reports import RunReport

log = structlog.get_logger(__name__)

# No page is asked for later than this: the rest is for the next run, and other runs wait for this one.
SECONDS = 20.0
FAULTS_SHOWN = 5
# With these a system says that it does not know a cursor any more.
_CURSOR_IS_STALE = frozenset({400, 404, 410, 422})


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Item]
    faults: list[str]
    cursor: str


@dataclass(slots=True)
class Sweep:
    """What a run has to go on with, and what has come of it so far."""

    plan: Plan
    run: IntegrationRun
    pull: Pull
    position: Position
    queued: int
    sign_in: SignIn
    faults: list[str] = field(default_factory=list)


def pull(plan: Plan, run: IntegrationRun) -> RunReport:
    """Reads pages until there is none left, the most that a run may read, or for SECONDS.

    Each page is stored with the watermark in one transaction. Raises Refused (PullFailed) when the system
    gives no page that can be read; what was stored before stays, and the next run goes on after it.
    """
    assert plan.integration.action is not None  # noqa: S101  (a plan has one)
    told = configuration.read(plan.integration.action.configuration)
    sweep = Sweep(
        plan, run, told, watermarks.find(plan.activation, told), queued=run.queued, sign_in=plan.sign_in
    )
    try:
        _read_pages(sweep)
    except Overtaken:
        log.info("pull_overtaken", client_integration=plan.activation.pk)
    planning.analyze_after(sweep.queued)
    problem = "; ".join(sweep.faults[:FAULTS_SHOWN])
    return RunReport(sweep.queued, f"Items without a usable key were left out: {problem}" if problem else "")


def _read_pages(sweep: Sweep) -> None:
    end = time.monotonic() + SECONDS
    last: list[Item] = []
    for _ in range(sweep.pull.most_pages):
        page = _read_page(sweep)
        if page.items and page.items == last:
            raise PullFailed("The system answers one page after the other with the same items.")
        _keep(page, sweep)
        if not page.cursor or time.monotonic() > end:
            return
        last = page.items


def _read_page(sweep: Sweep) -> Page:
    told, position = sweep.pull, sweep.position
    base_url = sweep.plan.integration.system.base_url
    url = paging.url_of(told, base_url, cursor=position.cursor, mark=position.mark(told))
    try:
        answer = _fetch(url, sweep)
    except PullFailed as failure:
        if position.cursor and failure.status in _CURSOR_IS_STALE:
            watermarks.start_over(position, clock.database_now())
        raise
    document = pages.read_document(answer)
    items, faults = pages.read_items(told, document)
    count = len(items) + len(faults)
    following = paging.next_cursor(
        told, url, cursor=position.cursor, answer=answer, document=document, count=count
    )
    return Page(items, faults, following)


def _fetch(url: str, sweep: Sweep) -> Response:
    """Asked for once more, with another token, when the system turns away the one that there was."""
    try:
        return pages.fetch(url, sweep.sign_in)
    except PullFailed as failure:
        if not bearers.another_may_do(sweep.sign_in, failure.status or 0, clock.database_now()):
            raise
    sweep.sign_in = bearers.sign_in(sweep.plan.activation)
    return pages.fetch(url, sweep.sign_in)


def _keep(page: Page, sweep: Sweep) -> None:
    now = clock.database_now()
    marks = [item.mark for item in page.items if item.mark is not None]
    with transaction.atomic():
        # First of all: it locks out whoever reads the same pages.
        watermarks.advance(sweep.position, marks=marks, cursor=page.cursor, now=now)
        sweep.queued += payloads.keep(page.items, Opening(sweep.plan.activation, sweep.run.pk, now))
        IntegrationRun.objects.filter(pk=sweep.run.pk).update(touched_on=now, queued=sweep.queued)
    sweep.faults += [printable(fault) for fault in page.faults]
