"""What an authorization server answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from oauthlib.oauth2 import OAuth2Error
from oauthlib.oauth2.rfc6749.parameters import parse_token_response

from integrationhub.wire.transport import Outcome, Response, check_header, retry_after

# No standard says when a refresh token ends; these members are how servers tell.
_REFRESH_LIFETIMES = ("refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in")
_LONGEST_LIFE = 100 * 366 * 86400
_LONGEST_TOKEN = 16 * 1024
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Tokens:
    """`lifetime` and `refresh_lifetime` in seconds; None where the server does not say."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    lifetime: int | None = None
    refresh_lifetime: int | None = None
    scopes: tuple[str, ...] = ()


class TokenTrouble(Exception):  # noqa: N818  (what it is, whoever is to blame)
    """There is no token. The text is fit for people and holds no secret."""


class GrantEnded(TokenTrouble):
    """What was agreed is over (`invalid_grant`): somebody has to agree anew."""


class TokenRefused(TokenTrouble):
    """The server says no to the hub itself, or to what it asks for."""


class TokenUnavailable(TokenTrouble):
    """No answer that could be read. `after`: the server's own wish in seconds."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


def read_tokens(answer: Outcome, now: datetime) -> Tokens:
    """The tokens of an answer to a token request. Raises TokenTrouble."""
    if not isinstance(answer, Response):
        raise TokenUnavailable(f"{answer.kind}: {answer.message}")
    if answer.status >= 500 or answer.status in (408, 429):
        raise TokenUnavailable(f"It answers {answer.status}.", retry_after(answer.headers, now))
    found = _parse(answer)
    if not 200 <= answer.status < 300:
        raise TokenUnavailable(f"It answers {answer.status}.")
    return _tokens(found)


def _parse(answer: Response) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = parse_token_response(answer.body.decode())
    except OAuth2Error as error:
        raise _refusal(error) from None
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise TokenUnavailable(f"It answers {answer.status} and nothing that can be read.") from None
    return found


def _refusal(error: OAuth2Error) -> TokenTrouble:
    code, told = _printable(error.error or "an unknown error"), _printable(error.description or "")
    if code == "missing_token":
        return TokenUnavailable("Its answer holds no token.")
    kind = GrantEnded if code == "invalid_grant" else TokenRefused
    return kind(f"{code}: {told}" if told and told != code else code)


def _tokens(found: Mapping[str, Any]) -> Tokens:
    kind = found.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenRefused("Its tokens are of a type that the hub does not know.")
    lifetimes = (_seconds(found.get(name)) for name in _REFRESH_LIFETIMES)
    if not (access := _token(found["access_token"])):
        raise TokenUnavailable("Its answer holds no token.")
    return Tokens(
        access=access,
        refresh=_token(found.get("refresh_token") or ""),
        lifetime=_seconds(found.get("expires_in")),
        refresh_lifetime=next(filter(None, lifetimes), None),
        scopes=tuple(filter(None, map(_printable, found.get("scope") or ()))),
    )


def _token(value: object) -> str:
    """A text that can stand in a header."""
    if not isinstance(value, str) or len(value) > _LONGEST_TOKEN:
        raise TokenUnavailable("Its token is no text, or too long a one.")
    try:
        check_header("Authorization", value)
    except ValueError:
        raise TokenUnavailable("Its token has characters that no header may have.") from None
    return value


def _seconds(value: object) -> int | None:
    """0 or less is how some servers say that there is no end."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value <= 0:
        return None
    return int(min(value, _LONGEST_LIFE))


def _printable(text: object) -> str:
    shown = "".join(each if each.isprintable() else " " for each in str(text))
    return shown.strip()[:_LONGEST_REASON]
