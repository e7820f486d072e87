"""Hooks that come in: let in or refused, stored, and answered at once or by the channel's script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from channels import running, storing, waking
from channels.models import IntegrationPoint, MessageLog
from channels.scripts import registry
from channels.sealing import Letter, seal
from channels.tokens import indexes_of, is_token
from integrationhub.wire import ip_masks
from integrationhub.wire.webhooks.signatures import BadSignature, verify

DEFAULT_SECONDS = 10


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


def find(token: str) -> IntegrationPoint | None:
    """The channel that a local token opens: one look-up in one index."""
    if not is_token(token):
        return None
    return storing.find_point(indexes_of(token))


def accept(point: IntegrationPoint, hook: Hook, *, now: datetime) -> Answer:
    """Stores the hook, committed before this returns. Raises Turned, ScriptFailed or TimedOut."""
    external_id = _check_sender(point, hook, now)
    try:
        message = _store(point, hook, external_id, now)
    except IntegrityError:
        return Answer({"duplicate": True}, duplicate=True)
    if point.issync and not _only_stores(point):
        seconds = point.recv_timeout or DEFAULT_SECONDS
        return Answer(running.run_in_time(message, point, hook.letter, seconds=seconds))
    if message.due_at is not None:
        waking.wake()
    return Answer({})


def _check_sender(point: IntegrationPoint, hook: Hook, now: datetime) -> str | None:
    """The sender's own id of the message, where it is signed with one. Raises Turned, and writes it down."""
    if not ip_masks.allows(point.ip_mask, hook.sender):
        _note_refusal(point, hook, now, status=403, note="The address is not one of the channel's.")
        raise FromElsewhere("Access denied")
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
        _note_refusal(point, hook, now, status=401, note=str(error))
        raise Unproven(str(error)) from None


def _secrets(point: IntegrationPoint, now: datetime) -> Sequence[str]:
    until = point.old_signing_secret_until
    in_overlap = point.old_signing_secret and until is not None and until > now
    return [point.signing_secret, point.old_signing_secret] if in_overlap else [point.signing_secret]


def _only_stores(point: IntegrationPoint) -> bool:
    script = registry.find(point.recv_svcscriptcode)
    return not point.recv_svcscriptcode or (script is not None and script.stores)


def _store(point: IntegrationPoint, hook: Hook, external_id: str | None, now: datetime) -> MessageLog:
    waits = not point.issync and not _only_stores(point)
    message = MessageLog(
        client_id=point.client_id,
        point=point,
        direction=MessageLog.Direction.IN,
        on=now,
        peer=hook.sender,
        method=hook.method,
        size=len(hook.letter.body),
        outcome=MessageLog.Outcome.WAITING if waits else MessageLog.Outcome.STORED,
        status=200,
        external_id=external_id,
        sealed=seal(hook.letter),
        due_at=now if waits else None,
    )
    if external_id is None:  # nothing to collide with: one statement, committed by itself
        storing.insert(message)
        return message
    with transaction.atomic():
        storing.insert(message)
    return message


def _note_refusal(point: IntegrationPoint, hook: Hook, now: datetime, *, status: int, note: str) -> None:
    """Without the body: who has not proven anything leaves nothing of it behind."""
    MessageLog.objects.create(
        client_id=point.client_id,
        point=point,
        direction=MessageLog.Direction.IN,
        on=now,
        peer=hook.sender,
        method=hook.method,
        size=len(hook.letter.body),
        outcome=MessageLog.Outcome.REFUSED,
        status=status,
        note=note,
    )
