"""The scripts that come with the hub."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from channels.scripts import mail
from channels.scripts.contract import (
    Hub,
    Outgoing,
    Received,
    Request,
    ScriptFailed,
    receiving,
    sending,
    sending_itself,
)
from channels.scripts.registry import register
from integrationhub.wire.webhooks.signatures import sign
from queues.mapping import MappingError, compile_expression, search

_EXPRESSION = {"type": "string", "minLength": 1, "maxLength": 4096, "description": "JMESPath"}
_JSON = ("Content-Type", "application/json")
_TELEGRAM = "https://api.telegram.org"


def _check_expressions(parameters: Mapping[str, Any]) -> None:
    for name in ("items", "key", "name", "mapping", "text"):
        if name in parameters:
            compile_expression(parameters[name])


@receiving(stores=True)
def ws_hook(message: Received, hub: Hub) -> Any:
    """Keeps the message, and does nothing else."""
    return {}


@receiving(
    parameters={
        "type": "object",
        "properties": {
            "integration": {"type": ["string", "integer"], "description": "its name or number"},
            "key": _EXPRESSION,
            "name": _EXPRESSION,
            "items": _EXPRESSION,
            "mapping": _EXPRESSION,
        },
        "required": ["integration", "key"],
        "additionalProperties": False,
    },
    check=_check_expressions,
)
def enqueue(message: Received, hub: Hub) -> Any:
    """Items for an inbound integration: `items` finds them in the payload, once `mapping` has changed it;
    `key` tells them apart, so that an item that comes twice is one."""
    parameters = dict(message.parameters)
    document, mapping = message.json(), parameters.pop("mapping", None)
    try:
        mapped = document if mapping is None else search(mapping, document)
    except MappingError as error:
        raise ScriptFailed(str(error)) from None
    return {"queued": hub.enqueue(parameters.pop("integration"), mapped, **parameters)}


@receiving(
    parameters={
        "type": "object",
        "properties": {
            "channel": {"type": "string", "minLength": 1, "maxLength": 128},
            "mapping": _EXPRESSION,
        },
        "required": ["channel"],
        "additionalProperties": False,
    },
    check=_check_expressions,
)
def forward(message: Received, hub: Hub) -> Any:
    """The payload, or what `mapping` makes of it, out through another channel."""
    body, mapping = message.value(), message.parameters.get("mapping")
    try:
        hub.send(message.parameters["channel"], body if mapping is None else search(mapping, body))
    except MappingError as error:
        raise ScriptFailed(str(error)) from None
    return {}


@sending()
def send_to_web(message: Outgoing) -> Request:
    """POST to the channel's `url`, with `token_remote` as bearer token."""
    headers = [_JSON, ("Idempotency-Key", message.key)]
    if message.channel.token_remote:
        headers.append(("Authorization", f"Bearer {message.channel.token_remote}"))
    return Request("POST", _url(message), tuple(headers), message.encoded())


@sending()
def send_signed(message: Outgoing) -> Request:
    """POST to the channel's `url`, signed by Standard Webhooks: with both secrets while one is replaced."""
    secrets, body = message.channel.signing_secrets, message.encoded()
    if not secrets:
        raise ScriptFailed("The channel has no signing secret.")
    signed = [sign(secret, message_id=message.key, body=body, now=message.now) for secret in secrets]
    signatures = " ".join(dict(headers)["webhook-signature"] for headers in signed)
    headers = [*signed[0][:2], ("webhook-signature", signatures), _JSON, ("Idempotency-Key", message.key)]
    return Request("POST", _url(message), tuple(headers), body)


@sending(
    parameters={
        "type": "object",
        "properties": {"chat_id": {"type": ["string", "integer"]}, "text": _EXPRESSION},
        "additionalProperties": False,
    },
    check=_check_expressions,
)
def send_telegram(message: Outgoing) -> Request:
    """sendMessage of the Bot API. `token_remote` is the bot's token; the chat is named by the message's
    `chat_id`, else by the parameters, else by `token_remote2`."""
    channel, body = message.channel, message.body
    own = body if isinstance(body, dict) else {}
    chat = own.get("chat_id") or message.parameters.get("chat_id") or channel.token_remote2
    if not channel.token_remote or not chat:
        raise ScriptFailed("Telegram needs a bot's token in token_remote and a chat_id.")
    base = (channel.url or _TELEGRAM).rstrip("/")
    sent = json.dumps({"chat_id": chat, "text": _text(message)}, ensure_ascii=False).encode()
    return Request("POST", f"{base}/bot{quote(channel.token_remote, safe=':')}/sendMessage", (_JSON,), sent)


@sending_itself(
    parameters={
        "type": "object",
        "properties": {"subject": {"type": "string", "maxLength": 200}, "text": _EXPRESSION},
        "additionalProperties": False,
    },
    check=_check_expressions,
)
def send_email(message: Outgoing) -> None:
    """A mail to the address of the channel's `url`, such as mailto:ops@example.com."""
    subject = str(message.parameters.get("subject") or f"Message of {message.channel.code}")
    mail.send(message.channel.url, subject=subject, text=_text(message), key=message.key)


def _url(message: Outgoing) -> str:
    if not message.channel.url.lower().startswith(("http://", "https://")):
        raise ScriptFailed("The channel has no url to send to.")
    return message.channel.url


def _text(message: Outgoing) -> str:
    """What a person reads: by the parameter `text`, else the message's own `text`, else all of it."""
    body, expression = message.body, message.parameters.get("text")
    try:
        found = search(expression, body) if expression else body
    except MappingError as error:
        raise ScriptFailed(str(error)) from None
    if isinstance(found, dict) and isinstance(found.get("text"), str):
        found = found["text"]
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def register_all() -> None:
    shipped = {
        "ws_hook": ws_hook,
        "enqueue": enqueue,
        "forward": forward,
        "send_to_web": send_to_web,
        "send_signed": send_signed,
        "send_email": send_email,
        "send_telegram": send_telegram,
    }
    for code, script in shipped.items():
        register(code, script)
