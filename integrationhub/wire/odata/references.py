"""URLs inside bodies that refer to rows of this service."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from .errors import ODataError
from .exchange import Exchange
from .resolving import resolve_path
from .resources import Resource


def parse_entity_url(exchange: Exchange, url: str) -> Resource:
    """What an absolute, host-relative or service-relative URL addresses. Raises ODataError 400 for none."""
    path = service_path(exchange, url)
    try:
        return resolve_path(exchange, path)
    except ODataError as error:
        raise ODataError(400, "", f"'{url[:200]}' addresses nothing here: {error.message}") from None


def service_path(exchange: Exchange, url: str) -> str:
    """The part of a URL behind the service root, decoded. Raises ODataError 400 for another service's URL."""
    root = urlsplit(exchange.root)
    given = urlsplit(url)
    if given.netloc and (given.scheme, given.netloc) != (root.scheme, root.netloc):
        raise ODataError(400, "", f"'{url[:200]}' is not a URL of this service.")
    path = unquote(given.path)
    if not given.netloc and not path.startswith("/"):
        return path
    if not path.lower().startswith(unquote(root.path).lower()):
        raise ODataError(400, "", f"'{url[:200]}' is not a URL of this service.")
    return path[len(unquote(root.path)) :]
