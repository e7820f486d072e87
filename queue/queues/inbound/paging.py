"""From page to page. A cursor says where a sweep goes on: what it holds is the paging style's own affair."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urljoin, urlsplit

from integrationhub.wire.transport import Response
from integrations.errors import Refused
from integrations.texts import printable
from queues.inbound.configuration import Paging, Pull, Style
from queues.mapping import MappingError, search

CURSOR_LENGTH = 2048

_LINKED = frozenset({Style.NEXT_LINK, Style.ODATA_NEXT_LINK})
_PORTS = {"http": 80, "https": 443}
_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"[^"]*"|[^\s",;]+))?)*)')
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)


def url_of(pull: Pull, base_url: str, *, cursor: str, mark: str) -> str:
    """Where a page is. `cursor` is empty for the first page, `mark` while there is no watermark."""
    if cursor and pull.paging and pull.paging.style in _LINKED:
        system = urlsplit(base_url)
        return f"{system.scheme}://{system.netloc}{cursor}"
    fields = dict(pull.query)
    if pull.page_size:
        fields[pull.page_size["parameter"]] = str(pull.page_size["size"])
    if pull.watermark and mark:
        fields[pull.watermark.parameter] = pull.watermark.format.replace("{value}", mark)
    fields |= _position(pull.paging, cursor)
    query = urlencode(fields, quote_via=quote, safe="$")
    return base_url.rstrip("/") + pull.path + (f"?{query}" if query else "")


def next_cursor(pull: Pull, url: str, *, cursor: str, answer: Response, document: object, count: int) -> str:
    """Where the page after this one of `count` items is; empty when this was the last one.

    Raises Refused for a link that leads away from the system, and for one that leads back to this page.
    """
    if pull.paging is None:
        return ""
    match pull.paging.style:
        case Style.PAGE_NUMBER:
            return str(int(cursor or pull.paging.first) + 1) if count else ""
        case Style.OFFSET:
            return str(int(cursor or 0) + count) if count else ""
        case Style.CURSOR:
            return _different(_find(pull.paging.expression, document), cursor)
    link = _link(pull.paging, answer.headers, document)
    return _different(_within(url, link), _target(url)) if link else ""


def _position(paging: Paging | None, cursor: str) -> dict[str, str]:
    if paging is None or paging.style in _LINKED:
        return {}
    start = {Style.PAGE_NUMBER: str(paging.first), Style.OFFSET: "0"}.get(paging.style, "")
    position = cursor or start
    return {paging.parameter: position} if position else {}


def _link(paging: Paging, headers: Mapping[str, str], document: object) -> str:
    if paging.style is Style.ODATA_NEXT_LINK:
        return _find('"@odata.nextLink"', document)
    if paging.expression:
        return _find(paging.expression, document)
    for target, parameters in _LINK.findall(headers.get("link", "")):
        relation = _RELATION.search(parameters)
        if relation and "next" in (relation[1] or relation[2]).lower().split():
            return str(target)
    return ""


def _find(expression: str, document: object) -> str:
    try:
        found = search(expression, document)
    except MappingError as error:
        raise Refused(f"paging: {error}") from None
    if found is None or isinstance(found, bool):
        return ""
    if not isinstance(found, str | int):
        raise Refused("What should lead to the next page is neither a text nor a whole number.")
    return str(found)


def _within(url: str, link: str) -> str:
    """The link from the root of the system's host on. Credentials go with it: it must not lead elsewhere."""
    try:
        joined = urljoin(url, link)
        here, there = _origin(url), _origin(joined)
    except ValueError:
        raise Refused("The link to the next page is no URL.") from None
    if here != there:
        place = printable("://".join(map(str, there[:2])))[:200]
        raise Refused(f"The link to the next page leads away from the system, to {place}.")
    return _target(joined)


def _origin(url: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(url)
    user, separator, _ = parts.netloc.rpartition("@")
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme), user + separator


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _different(following: str, present: str) -> str:
    if following and following == present:
        raise Refused("The page leads to itself as the next one.")
    if len(following) > CURSOR_LENGTH:
        raise Refused(f"What leads to the next page has more than {CURSOR_LENGTH} characters.")
    return following
