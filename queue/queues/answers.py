"""What the answer to a request means for the item that it was made for."""

import json
from datetime import datetime

from integrationhub.wire.transport import Failure, FailureKind, Response, retry_after
from queues import redaction
from queues.outcomes import Done, Exchange, Outcome, Permanent, Retry

# Nobody has looked at the item: the system is away, is busy, or turns the hub's sign-in away.
OUT_OF_REACH = frozenset({401, 407, 429, 502, 503, 504})
_RETRIED_STATUSES = OUT_OF_REACH | {408, 409, 425}
_HOPELESS_FAILURES = frozenset({FailureKind.REFUSED, FailureKind.INVALID})
_REASON_MEMBERS = ("message", "detail", "reason", "error_description", "error", "title", "Message")


def outcome_of(answer: Response | Failure, exchange: Exchange, now: datetime) -> Outcome:
    if isinstance(answer, Failure):
        kind = Permanent if answer.kind in _HOPELESS_FAILURES else Retry
        return kind(f"{answer.kind}: {answer.message}", exchange=exchange)
    if 200 <= answer.status < 300:
        return Done(exchange=exchange)
    message = f"{answer.status}: {reason_of(answer)}"
    if answer.status >= 500 or answer.status in _RETRIED_STATUSES:
        return Retry(message, after=retry_after(answer.headers, now), exchange=exchange)
    return Permanent(message, exchange=exchange)


def reason_of(answer: Response) -> str:
    """The other side's own words, from the places where APIs put them."""
    try:
        found: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = answer.body.decode("utf-8", "replace").strip()
    while isinstance(found, dict):
        found = next((found[name] for name in _REASON_MEMBERS if found.get(name)), "")
    return redaction.body(str(found).encode())[:500] or "no reason given"
