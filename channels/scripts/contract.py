"""What a script is written against: plain data in, plain data out. This module is for others to import."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from integrationhub.wire.transport import Failure, Request, Response

__all__ = [
    "Channel",
    "Direction",
    "Failure",
    "Hub",
    "Outgoing",
    "Received",
    "Request",
    "Response",
    "Script",
    "ScriptFailed",
    "receiving",
    "sending",
    "sending_itself",
]


class Direction(Enum):
    RECEIVING = "receiving"
    SENDING = "sending"


class ScriptFailed(Exception):  # noqa: N818
    """The message cannot be handled, and could not be later: why, in words for the other side."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as scripts see it. Its secrets show in no repr."""

    id: str
    code: str
    type: str
    url: str = ""
    token_remote: str = field(default="", repr=False)
    token_remote2: str = field(default="", repr=False)
    signing_secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """A hook as it came: the request's parts, whom it is for, and the parameters of the script."""

    channel: Channel
    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    sender: str
    protocol: str
    parameters: Mapping[str, Any]

    def json(self) -> Any:
        """Raises ScriptFailed when the body is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise ScriptFailed("The body is not JSON.") from None

    def value(self) -> Any:
        """The body as JSON where it is, else as text."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. `key` is the same at every try of it; `now` is not."""

    channel: Channel
    key: str
    body: Any
    now: datetime
    parameters: Mapping[str, Any]

    def encoded(self) -> bytes:
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


class Hub(Protocol):
    """What a receiving script may do besides answering. All of it raises ScriptFailed."""

    def call(self, request: Request) -> Response | Failure:
        """An HTTP request, through the guard that all of the hub's requests pass."""

    def send(self, channel: str, body: Any) -> None:
        """A message out through another channel of the same client, named by code or id.

        Run again for the same message, it sends no second one.
        """

    def enqueue(
        self, integration: str | int, document: Any, *, key: str, name: str | None = None, items: str = "@"
    ) -> int:
        """Items for an inbound integration of the client, named by its name or number.

        `items`, `key` and `name` are JMESPath: where the items are in the document, and what tells them
        apart. Returns how many are new or changed; the others move nothing.
        """


Receive = Callable[[Received, Hub], Any]
Send = Callable[[Outgoing], Request]
SendItself = Callable[[Outgoing], None]


@dataclass(frozen=True, slots=True)
class Script:
    """A script in the registry. `stores` says that a receiving one does nothing but keep the message,
    `sends_itself` that a sending one makes no request for the hub to send."""

    run: Callable[..., Any]
    direction: Direction
    parameters: Mapping[str, Any]
    types: tuple[str, ...] = ()
    check: Callable[[Mapping[str, Any]], None] = lambda parameters: None
    stores: bool = False
    sends_itself: bool = False


_NONE: Mapping[str, Any] = {"type": "object", "maxProperties": 0}


def receiving(
    *,
    parameters: Mapping[str, Any] = _NONE,
    types: Sequence[str] = (),
    check: Callable[[Mapping[str, Any]], None] = lambda parameters: None,
    stores: bool = False,
) -> Callable[[Receive], Script]:
    """Makes a script of a function `(message, hub)` whose result, as JSON, a synchronous hook answers.

    `parameters` is the JSON schema of the channel's `opts.recv_parameters`; `check` says more, by ValueError.
    """
    return lambda function: Script(function, Direction.RECEIVING, parameters, tuple(types), check, stores)


def sending(
    *,
    parameters: Mapping[str, Any] = _NONE,
    types: Sequence[str] = (),
    check: Callable[[Mapping[str, Any]], None] = lambda parameters: None,
) -> Callable[[Send], Script]:
    """Makes a script of a function `(message)` that returns the request to be sent: the hub sends it, among
    many others at once. It must not send anything itself."""
    return lambda function: Script(function, Direction.SENDING, parameters, tuple(types), check)


def sending_itself(
    *,
    parameters: Mapping[str, Any] = _NONE,
    types: Sequence[str] = (),
    check: Callable[[Mapping[str, Any]], None] = lambda parameters: None,
) -> Callable[[SendItself], Script]:
    """Makes a script of a function `(message)` that sends by other means than HTTP, one message at a time.

    It raises ScriptFailed for what no retry would change, and OSError for what one may.
    """
    return lambda function: Script(
        function, Direction.SENDING, parameters, tuple(types), check, sends_itself=True
    )
