"""Requests that mean the same to us, to libcurl and to the receiver."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Address

from integrationhub.wire.transport.messages import Request

MAX_URL_LENGTH = 2048
MAX_DEADLINE = 3600.0

_NOT_IN_A_URL = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_SCHEME_AND_NETLOC = re.compile(r"https?://(?P<netloc>[^/?#]*)", re.IGNORECASE)
_NETLOC = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9._-]*|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{1,5}))?"
)
_METHOD = re.compile(r"[A-Z]+(?:-[A-Z]+)*")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE = re.compile(r"[\t -~]*")
_REFUSED_METHODS = frozenset({"CONNECT", "TRACE"})
# A second Content-Length or Transfer-Encoding would desynchronise a connection that other requests share.
_OWN_HEADERS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


@lru_cache(maxsize=1024)
def check_url(url: str) -> None:
    """Raise ValueError, saying what is wrong without quoting the URL, unless the hub could send to it."""
    if len(url) > MAX_URL_LENGTH:
        raise ValueError(f"The URL is longer than {MAX_URL_LENGTH} characters.")
    if stray := _NOT_IN_A_URL.search(url):
        raise ValueError(f"Character {stray.start() + 1} of the URL must be percent-encoded.")
    match = _SCHEME_AND_NETLOC.match(url)
    if match is None:
        raise ValueError("The URL must start with http:// or https://.")
    _check_netloc(match["netloc"])


def check_request(request: Request) -> None:
    """Raise ValueError, naming the part that is wrong but quoting no value, unless `request` can be sent."""
    check_url(request.url)
    _check_method(request.method, has_body=bool(request.body))
    _check_headers(request.headers)
    if not 0 < request.deadline <= MAX_DEADLINE:
        raise ValueError(f"The deadline must be more than 0 and at most {MAX_DEADLINE:g} seconds.")


def _check_netloc(netloc: str) -> None:
    if not netloc:
        raise ValueError("The URL has no host.")
    if "@" in netloc:
        raise ValueError("The URL must not hold a user name or password; use the system's credentials.")
    match = _NETLOC.fullmatch(netloc)
    if match is None or (match["ipv6"] and not _is_ipv6(match["ipv6"])):
        raise ValueError(
            "The URL's host must be a host name, an IPv4 address or an IPv6 address in brackets."
        )
    if match["port"] and not 0 < int(match["port"]) < 65536:
        raise ValueError("The URL's port must be between 1 and 65535.")


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=64)
def _check_method(method: str, *, has_body: bool) -> None:
    if not _METHOD.fullmatch(method) or method in _REFUSED_METHODS:
        raise ValueError("The method must be an HTTP method such as GET, POST, PUT, PATCH or DELETE.")
    if method == "HEAD" and has_body:
        raise ValueError("A HEAD request cannot have a body.")


def _check_headers(headers: Sequence[tuple[str, str]]) -> None:
    """As check_header for each, in one look where all is well."""
    _check_names(tuple([name for name, _ in headers]))
    values = "".join([value for _, value in headers])
    if not (values.isascii() and values.isprintable()):
        for name, value in headers:
            check_header(name, value)


@lru_cache(maxsize=256)
def _check_names(names: tuple[str, ...]) -> None:
    for name in names:
        check_header(name, "")


def check_header(name: str, value: str) -> None:
    """Raises ValueError for a header that must not be sent, without showing its value."""
    if not _TOKEN.fullmatch(name):
        raise ValueError("The name of a header must be made of letters, digits and hyphens.")
    if name.lower() in _OWN_HEADERS:
        raise ValueError(f"The header {name} is set by the hub itself.")
    if not _FIELD_VALUE.fullmatch(value):
        raise ValueError(f"The value of the header {name} must be printable ASCII on one line.")
