"""The URL of a part of a batch: full, from the host on, or from the service's root on."""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from .errors import ODataError

# `/v1/` behind the root is the same service: a batch and its parts need not agree on it.
_LAST_VERSION = re.compile(r"/[vV][0-9]+/\Z")
_FIRST_VERSION = re.compile(r"\A[vV][0-9]+(/|\Z)")
_PORTS = {"http": ":80", "https": ":443"}


def split(url: str, root: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """The path within the service, decoded, and the query as it is. Raises 400 for another place."""
    home = urlsplit(root)
    try:
        given = urlsplit(url.strip())
    except ValueError:
        raise ODataError(400, "", "The URL of the request cannot be read.") from None
    host = given.netloc or headers.get("Host", "")
    if host and _bare(host, home.scheme) != _bare(home.netloc, home.scheme):
        raise ODataError(400, "", "The URL of the request names another host.")
    if given.scheme and given.scheme not in ("http", "https"):
        raise ODataError(400, "", "The URL of the request is not one of HTTP.")
    path = given.path
    if given.netloc or path.startswith("/"):
        path = _FIRST_VERSION.sub("", _within(path, _LAST_VERSION.sub("/", home.path)))
    return unquote(path), given.query


def _bare(host: str, scheme: str) -> str:
    return host.lower().removesuffix(_PORTS.get(scheme, ""))


def _within(path: str, root: str) -> str:
    folder = path if path.endswith("/") else f"{path}/"
    if not folder.lower().startswith(root.lower()):
        raise ODataError(400, "", "The URL of the request lies outside of the service.")
    return path[len(root) :]
