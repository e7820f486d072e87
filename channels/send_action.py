"""The action `channel.send`: an item of an integration goes out as a message through a channel."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from channels import health, outgoing
from channels.models import IntegrationPoint
from channels.outbox import find_point
from channels.scripts import registry
from channels.scripts.contract import Direction, Outgoing, Script, ScriptFailed
from integrationhub.wire.transport import Failure, Response
from integrationhub.wire.values import value
from integrations.errors import Refused
from integrations.texts import printable
from queues.answers import OUT_OF_REACH, outcome_of
from queues.clock import database_now
from queues.handlers import Prepared, Work
from queues.mapping import MappingError, compile_expression, render_body, search
from queues.outcomes import Done, Outcome, Permanent, Retry, Snooze

_EXPRESSION = {"type": "string", "minLength": 1, "maxLength": 4096, "description": "JMESPath"}
_CONFIGURATION = Draft202012Validator(
    {
        "type": "object",
        "properties": {
            "channel": {"type": "string", "minLength": 1, "maxLength": 128, "description": "its code or id"},
            "channel_at": {**_EXPRESSION, "description": "JMESPath to the code or id in the item"},
            "body": {**_EXPRESSION, "description": "JMESPath over the item's values; absent: all of them"},
            "body_is_json": {"type": "boolean", "description": "what `body` finds is a text of JSON"},
        },
        "oneOf": [{"required": ["channel"]}, {"required": ["channel_at"]}],
        "additionalProperties": False,
    }
)
_GONE = 410


@value
class PreparedMessage(Prepared):
    point: IntegrationPoint = field(kw_only=True)
    size: int = field(kw_only=True)


class ChannelSend:
    def check(self, configuration: Mapping[str, object]) -> None:
        if fault := best_match(_CONFIGURATION.iter_errors(configuration)):
            place = "/".join(map(str, fault.absolute_path)) or "configuration"
            raise Refused(f"{place}: {fault.message}", field="configuration")
        try:
            for name in ("channel_at", "body"):
                if name in configuration:
                    compile_expression(str(configuration[name]))
        except MappingError as error:
            raise Refused(str(error), field="configuration") from None

    def prepare(self, work: Work) -> Prepared | Outcome:
        now = database_now()
        try:
            point = _find_channel(work)
        except (ScriptFailed, MappingError) as error:
            return Permanent(str(error))
        try:
            script = _find_script(point)
            message = _message(work, point, now)
            if pause := health.find_pause(point, now):
                return Snooze(pause.seconds, pause.reason)
            return _prepare(script, message, point)
        except (ScriptFailed, MappingError, ValueError) as error:
            outgoing.note(work.key, point, now=now, outcome=Permanent(str(error)), peer="", size=0)
            return Permanent(str(error))

    def conclude(self, work: Work, prepared: Prepared, answer: Response | Failure, now: datetime) -> Outcome:
        assert isinstance(prepared, PreparedMessage)  # noqa: S101  (prepare makes no other)
        assert prepared.request is not None  # noqa: S101  (or it is not asked)
        request, point = prepared.request, prepared.point
        outcome = outcome_of(answer, outgoing.exchange(request, answer, point), now)
        _note_health(point, answer, outcome, now)
        peer = urlsplit(request.url).hostname or ""
        outgoing.note(work.key, point, now=now, outcome=outcome, peer=peer, size=prepared.size)
        return outcome


def _find_channel(work: Work) -> IntegrationPoint:
    configuration = work.terms.configuration
    named = configuration.get("channel") or search(str(configuration["channel_at"]), dict(work.row.values))
    point = find_point(work.terms.activation.client_id, named) if isinstance(named, str) else None
    if point is None:
        raise ScriptFailed(f"There is no channel {printable(str(named))[:128]!r}, or more than one.")
    return point


def _find_script(point: IntegrationPoint) -> Script:
    if not point.send_svcscriptcode:
        raise ScriptFailed("The channel names no script to send with.")
    script = registry.find(point.send_svcscriptcode)
    if script is None or script.direction is not Direction.SENDING:
        raise ScriptFailed(f"The script {point.send_svcscriptcode} is not installed.")
    return script


def _message(work: Work, point: IntegrationPoint, now: datetime) -> Outgoing:
    configuration = work.terms.configuration
    expression = configuration.get("body")
    rendered = json.loads(render_body(None if expression is None else str(expression), work.row.values))
    body = json.loads(rendered) if configuration.get("body_is_json") else rendered
    return Outgoing(outgoing.channel_of(point, now), work.key, body, now, point.send_parameters)


def _prepare(script: Script, message: Outgoing, point: IntegrationPoint) -> Prepared:
    """The fingerprint is of what is said and through which channel: signatures and times may differ."""
    body = message.encoded()
    fingerprint = hashlib.sha1(f"{point.pk}\n".encode() + body, usedforsecurity=False).hexdigest()
    request = call = None
    if script.sends_itself:
        call = partial(_send_itself, script, message, point)
    else:
        request = script.run(message)
    return PreparedMessage(fingerprint, request, call, judged=False, point=point, size=len(body))


def _send_itself(script: Script, message: Outgoing, point: IntegrationPoint) -> Outcome:
    outcome: Outcome
    try:
        script.run(message)
        outcome = Done()
        health.note_success(point)
    except ScriptFailed as failure:
        outcome = Permanent(str(failure))
    except OSError as error:
        outcome = Retry(f"{type(error).__name__}: {error}"[:500])
    now = database_now()
    if not isinstance(outcome, Done):
        health.note_failure(point, now=now, gone=False, answered=False, reason=outcome.message)
    peer = point.url.partition("@")[2] or point.url[:255]
    outgoing.note(message.key, point, now=now, outcome=outcome, peer=peer, size=len(message.encoded()))
    return outcome


def _note_health(
    point: IntegrationPoint, answer: Response | Failure, outcome: Outcome, now: datetime
) -> None:
    if isinstance(outcome, Done):
        health.note_success(point)
        return
    status = answer.status if isinstance(answer, Response) else None
    assert isinstance(outcome, Retry | Permanent)  # noqa: S101  (no other comes of an answer)
    health.note_failure(
        point,
        now=now,
        gone=status == _GONE,
        answered=status is not None and status not in OUT_OF_REACH,
        reason=outcome.message,
    )
