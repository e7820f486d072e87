"""What a channel shows of itself to the scripts that send, and what is written down of what they sent."""

from datetime import datetime
from typing import Any

from django.db.models import F

from channels.models import IntegrationPoint, MessageLog
from channels.scripts.contract import Channel
from channels.sealing import Letter, seal, without
from integrationhub.wire.transport import Failure, Request, Response
from queues import redaction
from queues.outcomes import Done, Exchange, Outcome, Retry

NOTE_LENGTH = 500
_OUTCOMES = {Done: MessageLog.Outcome.DONE, Retry: MessageLog.Outcome.RETRYING}


def channel_of(point: IntegrationPoint, now: datetime) -> Channel:
    """With its secrets; of the signing ones those that are in force, the newest first."""
    until = point.old_signing_secret_until
    signing = [point.signing_secret]
    if until is not None and until > now:
        signing.append(point.old_signing_secret)
    return Channel(
        id=str(point.point_id),
        code=point.code,
        type=point.type,
        url=point.url,
        token_remote=point.token_remote,
        token_remote2=point.token_remote2,
        signing_secrets=tuple(filter(None, signing)),
    )


def secrets_of(point: IntegrationPoint) -> list[str]:
    """What must not be written down anywhere, longest first."""
    secrets = [point.token_local, point.token_remote, point.token_remote2, point.signing_secret]
    return sorted(filter(None, secrets), key=len, reverse=True)


def exchange(request: Request, answer: Response | Failure, point: IntegrationPoint) -> Exchange:
    """Request and answer for the attempt's log, without the channel's secrets: a URL may hold one, too."""
    hidden = secrets_of(point)
    url = without(redaction.url(request.url), hidden)
    sent = "\n".join(
        [f"{request.method} {url}", redaction.headers(request.headers), "", redaction.body(request.body)]
    )
    duration = round(answer.elapsed * 1000)
    if isinstance(answer, Failure):
        return Exchange(without(sent, hidden), "", None, duration)
    received = (
        f"{answer.status}\n{redaction.headers(answer.headers.items())}\n\n{redaction.body(answer.body)}"
    )
    return Exchange(without(sent, hidden), without(received, hidden), answer.status, duration)


def note(key: str, point: IntegrationPoint, *, now: datetime, outcome: Outcome, peer: str, size: int) -> None:
    """One row for each message, whatever number of tries it takes; `key` begins with the queue item's."""
    item_id = int(key.partition("-")[0])
    exchanged = outcome.exchange
    said: dict[str, Any] = {
        "on": now,
        "peer": peer[:255],
        "size": size,
        "outcome": _OUTCOMES.get(type(outcome), MessageLog.Outcome.FAILED),
        "status": exchanged.status,
        "note": getattr(outcome, "message", "").replace("\0", "")[:NOTE_LENGTH],
    }
    if MessageLog.objects.filter(item=item_id).update(**said, attempts=F("attempts") + 1):
        return
    MessageLog.objects.create(
        client_id=point.client_id,
        point=point,
        direction=MessageLog.Direction.OUT,
        item_id=item_id,
        attempts=1,
        sealed=seal(Letter([], exchanged.request.encode())) if exchanged.request else "",
        **said,
    )
