"""Items that go out: a run scans the records, and each item is checked once more before it is sent."""

from collections.abc import Sequence
from datetime import datetime

from integrations import sources
from integrations.models import IntegrationRun
from integrations.sources import SourceRow
from queues import clock
from queues.outcomes import Cancel, Done, Outcome
from queues.plans import Plan
from queues.reports import RunReport
from queues.scanning import scan

NO_MATCH = "The record no longer matches the filter."
ECHO = "Not sent: what the record holds came in from this system."


def find(plan: Plan, run: IntegrationRun) -> RunReport:
    report = scan(plan.activation, plan.compiled, run=run, now=clock.database_now())
    if not report.unreadable:
        return RunReport(report.queued)
    message = f"Records that are not of their entity's types were left out, such as {report.unreadable}."
    return RunReport(report.queued, message)


def read(wanted: Sequence[tuple[Plan, Sequence[str]]]) -> dict[tuple[int, str], SourceRow]:
    """The records of all of them in one statement."""
    return sources.read_for(
        {
            plan.activation.pk: sources.Wanted(plan.activation.client_id, plan.compiled.schema, item_ids)
            for plan, item_ids in wanted
        }
    )


def settle_early(plan: Plan, row: SourceRow, now: datetime) -> Outcome | None:
    """What becomes of an item that is not to be sent after all; None for one that is."""
    if row.origin_id == plan.integration.system_id:
        return Done(ECHO)
    if plan.compiled.expression is None or plan.compiled.matches(row.values, now):
        return None
    return Cancel(NO_MATCH)
