"""What has been tried with an item."""

from dataclasses import dataclass
from itertools import groupby

from queues.admin.bodies import pretty
from queues.admin.curl import as_curl
from queues.models import ActionAttempt, ActionLog, AttemptBody, IntegrationQueue

SHOWN_ATTEMPTS = 30

COLOURS = {
    ActionAttempt.Outcome.DONE: "success",
    ActionAttempt.Outcome.RETRY: "warning",
    ActionAttempt.Outcome.PERMANENT: "danger",
}


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt with what went over the wire, for the page."""

    attempt: ActionAttempt
    colour: str
    request: str
    response: str
    curl: str


@dataclass(frozen=True, slots=True)
class Cycle:
    log: ActionLog
    tries: list[Try]


def cycles_of(item: IntegrationQueue) -> list[Cycle]:
    """The latest SHOWN_ATTEMPTS attempts: the newest cycle first, within it in the order they were made."""
    latest = (
        ActionAttempt.objects.filter(log__item=item)
        .select_related("log", "body")
        .order_by("-id")[:SHOWN_ATTEMPTS]
    )
    by_cycle = [(log, list(attempts)) for log, attempts in groupby(latest, key=lambda attempt: attempt.log)]
    return [Cycle(log, [_shown(attempt) for attempt in reversed(attempts)]) for log, attempts in by_cycle]


def _shown(attempt: ActionAttempt) -> Try:
    body: AttemptBody | None = getattr(attempt, "body", None)
    colour = COLOURS.get(ActionAttempt.Outcome(attempt.outcome), "")
    if body is None:
        return Try(attempt, colour, "", "", "")
    curl = as_curl(body.request) if body.request else ""
    return Try(attempt, colour, pretty(body.request), pretty(body.response), curl)
