"""The `Authorization` header, taken apart. It knows how credentials are spelled, not which exist."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field

# What a 401 offers, both schemes in one header (RFC 9110, 11.6.1).
CHALLENGE = 'Basic realm="integrationhub", charset="UTF-8", Bearer realm="integrationhub"'

# What a SuperOffice ticket begins with: the kind of session it names.
TICKET_MARK = "7T:"

_LONGEST = 4096
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)
_VISIBLE = re.compile(r"[\x21-\x7e]+")


class MalformedAuthorizationError(ValueError):
    """The header holds no credential. The message says why, and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as it was sent: `prefix` finds its row, `secret` has to prove it."""

    scheme: str
    prefix: str
    secret: str = field(repr=False)


def parse(header: str) -> Presented:
    """Take apart `Basic <base64 of prefix:secret>`, `Bearer <prefix>.<secret>` or `SOTicket 7T:<the same>`.

    Raises MalformedAuthorizationError for everything else.
    """
    if len(header) > _LONGEST:
        raise MalformedAuthorizationError(f"The Authorization header is longer than {_LONGEST} characters.")
    scheme, _, credentials = header.strip().partition(" ")
    read = _READERS.get(scheme.lower())
    if read is None:
        raise MalformedAuthorizationError(
            "The Authorization header names neither Basic nor Bearer nor SOTicket."
        )
    return _presented(scheme.lower(), *read(credentials.lstrip()))


def _read_basic(credentials: str) -> tuple[str, str]:
    if not _BASE64.fullmatch(credentials):
        raise MalformedAuthorizationError("The Basic credentials are not Base64.")
    try:
        text = base64.b64decode(credentials).decode()
    except UnicodeDecodeError:
        raise MalformedAuthorizationError("The Basic credentials are not UTF-8.") from None
    prefix, colon, secret = text.partition(":")
    if not colon:
        raise MalformedAuthorizationError(
            "The Basic credentials have no colon between user name and password."
        )
    return prefix, secret


def _read_bearer(credentials: str) -> tuple[str, str]:
    prefix, dot, secret = credentials.partition(".")
    if not dot:
        raise MalformedAuthorizationError("The Bearer token has no dot; it reads <prefix>.<secret>.")
    return prefix, secret


def _read_ticket(credentials: str) -> tuple[str, str]:
    prefix, dot, secret = credentials.removeprefix(TICKET_MARK).partition(".")
    if not dot:
        raise MalformedAuthorizationError(f"The ticket has no dot; it reads {TICKET_MARK}<prefix>.<secret>.")
    return prefix, secret


_READERS: dict[str, Callable[[str], tuple[str, str]]] = {
    "basic": _read_basic,
    "bearer": _read_bearer,
    "soticket": _read_ticket,
}


def _presented(scheme: str, prefix: str, secret: str) -> Presented:
    """Control characters never reach a database, empty parts never a comparison."""
    if not (_VISIBLE.fullmatch(prefix) and _VISIBLE.fullmatch(secret)):
        raise MalformedAuthorizationError("A credential is two words of visible ASCII characters.")
    return Presented(scheme, prefix, secret)
