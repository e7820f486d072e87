"""What an authorization server knows the hub by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from oauthlib.oauth2.rfc6749.utils import is_secure_transport

from integrationhub.wire.transport import check_url

# What the protocol says itself: a parameter of these names would say it twice, or otherwise.
_PROTOCOL = frozenset(
    {
        "assertion",
        "client_assertion",
        "client_assertion_type",
        "client_id",
        "client_secret",
        "code",
        "code_challenge",
        "code_challenge_method",
        "code_verifier",
        "grant_type",
        "password",
        "redirect_uri",
        "refresh_token",
        "response_mode",
        "response_type",
        "scope",
        "state",
        "token",
        "username",
    }
)
_MOST_EXTRA = 20
_LONGEST_EXTRA = 1000


@dataclass(frozen=True, slots=True)
class Application:
    """A client of an authorization server. `extra` goes along with what begins a grant."""

    token_url: str
    client_id: str
    secret: str = field(default="", repr=False)
    secret_in_body: bool = False
    authorization_url: str = ""
    scopes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


def check_endpoint(url: str) -> None:
    """Raises ValueError unless secrets may be sent to this address: a URL with TLS and without a fragment.

    oauthlib's switch for trials (OAUTHLIB_INSECURE_TRANSPORT) lets plain HTTP pass, here and there.
    """
    check_url(url)
    if not is_secure_transport(url):
        raise ValueError("The URL must start with https://.")
    if urlsplit(url).fragment:
        raise ValueError("The URL must not have a fragment.")


def check_extra(extra: object) -> None:
    """Raises ValueError unless these are parameters that may go along with a request."""
    if not isinstance(extra, Mapping) or len(extra) > _MOST_EXTRA:
        raise ValueError(f"Give an object of at most {_MOST_EXTRA} texts.")
    for name, value in extra.items():
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_EXTRA:
            raise ValueError(f"{name[:50]!r} must be a text of 1 to {_LONGEST_EXTRA} characters.")
        if name.lower() in _PROTOCOL:
            raise ValueError(f"{name!r} is set by the hub.")
