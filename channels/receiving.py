"""Hooks that come in: let in or refused, stored, and answered at once or by the channel's script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels import remembering, running, storing, waking
from channels.models import IntegrationPoint, MessageLog
from channels.scripts import registry
from channels.sealing import Letter, seal
from channels.tokens import index_of, indexes_of, is_token
from integrationhub.wire import ip_masks
from integrationhub.wire.webhooks.signatures import BadSignature, verify

DEFAULT_SECONDS = 10
# Of a channel, while one hook for it comes in: nobody is that fast.
_MOST_CHANGES = 10
_ELSEWHERE = "The address is not one of the channel's."


@dataclass(frozen=True, slots=True)
class Hook:
    """One request to a channel's hook."""

    method: str
    letter: Letter
    sender: str

    @property
    def headers(self) -> Mapping[str, str]:
        return {name.lower(): value for name, value in self.letter.headers}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told: `result` is JSON."""

    result: Any
    duplicate: bool = False


class Turned(Exception):  # noqa: N818
    """The hook is refused: its sender may not call, or has not proven who it is."""


class FromElsewhere(Turned):
    """The sender's address is not one of the channel's."""


class Unproven(Turned):
    """The signature does not fit."""


class _NotKept(Exception):  # noqa: N818
    """The channel is not as it was read, or the message has been kept before."""

    def __init__(self, external_id: str | None) -> None:
        self.external_id = external_id


def find(token: str) -> IntegrationPoint | None:
    """The channel that a local token opens, perhaps as it was a while ago: `accept` finds out."""
    if not is_token(token):
        return None
    return remembering.recall(index_of(token)) or _look_up(token)


def accept(token: str, point: IntegrationPoint, hook: Hook, *, now: datetime) -> Answer | None:
    """Stores the hook, committed before this returns. Raises Turned, ScriptFailed, TimedOut or Busy.

    None when the token opens nothing any more. Whatever speaks against a hook counts only once the channel
    has been found to be as `point` says: it may have been changed since that was read.
    """
    for _ in range(_MOST_CHANGES):
        try:
            return _take(point, hook, now)
        except (Turned, _NotKept) as obstacle:
            current = _look_up(token)
            if current is None:
                return None
            if current.row_version == point.row_version:
                if isinstance(obstacle, Turned):
                    _note_refusal(point, hook, now, obstacle)
                    raise
                if _is_kept(point, obstacle.external_id):
                    return Answer({"duplicate": True}, duplicate=True)
            point = current
    raise running.Busy


def _look_up(token: str) -> IntegrationPoint | None:
    """One look-up in one index."""
    indexes = indexes_of(token)
    point = storing.find_point(indexes)
    if point is not None and not _is_answered_by_script(point):
        remembering.keep(indexes[0], point)
    return point


def _take(point: IntegrationPoint, hook: Hook, now: datetime) -> Answer:
    values = _describe(point, hook, now)
    values |= {"external_id": _check_sender(point, hook, now), "sealed": seal(hook.letter)}
    if waits := not (point.issync or _only_stores(point)):
        values |= {"outcome": MessageLog.Outcome.WAITING, "due_at": now}
    pk = storing.insert(point, values)
    if pk is None:
        raise _NotKept(values["external_id"])
    if waits:
        waking.wake()
    if not _is_answered_by_script(point):
        return Answer({})
    seconds = point.recv_timeout or DEFAULT_SECONDS
    return Answer(running.run_in_time(MessageLog(pk=pk, **values), point, hook.letter, seconds=seconds))


def _describe(point: IntegrationPoint, hook: Hook, now: datetime) -> dict[str, Any]:
    """The message, by the columns of MessageLog, of a hook that is taken in without further ado."""
    return {
        "client_id": point.client_id,
        "point_id": point.pk,
        "direction": MessageLog.Direction.IN,
        "on": now,
        "peer": hook.sender,
        "method": hook.method,
        "size": len(hook.letter.body),
        "outcome": MessageLog.Outcome.STORED,
        "status": 200,
        "note": "",
        "attempts": 0,
    }


def _is_kept(point: IntegrationPoint, external_id: str | None) -> bool:
    return external_id is not None and point.messages.filter(external_id=external_id).exists()


def _check_sender(point: IntegrationPoint, hook: Hook, now: datetime) -> str | None:
    """The sender's own id of the message, where it is signed with one. Raises Turned."""
    if not ip_masks.allows(point.ip_mask, hook.sender):
        raise FromElsewhere("Access denied")
    if not point.signature:
        return None
    try:
        return verify(
            point.signature,
            hook.headers,
            hook.letter.body,
            secrets=_secrets(point, now),
            header=point.signature_header,
            now=now,
        )
    except BadSignature as error:
        raise Unproven(str(error)) from None


def _secrets(point: IntegrationPoint, now: datetime) -> Sequence[str]:
    until = point.old_signing_secret_until
    in_overlap = point.old_signing_secret and until is not None and until > now
    return [point.signing_secret, point.old_signing_secret] if in_overlap else [point.signing_secret]


def _only_stores(point: IntegrationPoint) -> bool:
    script = registry.find(point.recv_svcscriptcode)
    return not point.recv_svcscriptcode or (script is not None and script.stores)


def _is_answered_by_script(point: IntegrationPoint) -> bool:
    return point.issync and not _only_stores(point)


def _note_refusal(point: IntegrationPoint, hook: Hook, now: datetime, refusal: Turned) -> None:
    """Without the body: who has not proven anything leaves nothing of it behind."""
    status, note = (403, _ELSEWHERE) if isinstance(refusal, FromElsewhere) else (401, str(refusal))
    values = _describe(point, hook, now)
    MessageLog.objects.create(
        **values | {"outcome": MessageLog.Outcome.REFUSED, "status": status, "note": note}
    )
