"""What goes out and what comes back."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from integrationhub.wire.values import value

MAX_BODY = 64 * 1024


@value
class Request:
    """One request. Only what cannot hold a secret shows in its repr."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    deadline: float = 30.0
    """Seconds on the wall clock from `submit` to the last byte of the answer, name look-up included."""
    largest_answer: int = MAX_BODY
    """Bytes of the decoded body that are kept of the answer."""


@value
class Response:
    """An answer, whatever its status. Redirects are answers too: they are never followed."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Lower-case names; repeated headers are joined with a comma."""
    body: bytes = field(repr=False)
    """Decoded (gzip, deflate), cut at the request's `largest_answer`."""
    elapsed: float
    truncated: bool = False
    """The body was longer than what is kept; the rest was not read."""


class FailureKind(StrEnum):
    REFUSED = "refused"
    """The host's address is not one the hub may talk to; nothing was dialled."""
    UNRESOLVED = "unresolved"
    """The host name has no address."""
    UNREACHABLE = "unreachable"
    """No connection; nothing was sent."""
    TIMEOUT = "timeout"
    """The request was sent, the whole answer did not come before the deadline."""
    CUT = "cut"
    """The request was sent, the connection broke or what came back was no readable HTTP answer."""
    TLS = "tls"
    """The peer could not prove its name over TLS; nothing was sent."""
    INVALID = "invalid"
    """The request is malformed; nothing was dialled."""


@value
class Failure:
    """Why there is no answer. `message` holds no userinfo, query, header value or resolved address."""

    kind: FailureKind
    message: str
    elapsed: float


Outcome = Response | Failure
