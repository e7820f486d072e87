"""Links to what an answer leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from . import keys
from .exchange import Exchange
from .plans import Row
from .registry import EntitySet, Navigation

_KEPT_IN_PATH = "/()',=$:@!*;-._~"
_KEPT_IN_QUERY = "/()',$:@!*-._~"


def next_link(exchange: Exchange, given: Mapping[str, str], token: str, *, top: int | None) -> str:
    """The next page: the same options without `$skip`, what is left of `$top`, and where to go on from."""
    path = f"{exchange.root}{quote(exchange.path.removesuffix('/$query'), safe=_KEPT_IN_PATH)}"
    options = {name: text for name, text in given.items() if name not in ("skip", "skiptoken", "top")}
    if top is not None:
        options["top"] = str(top)
    return f"{path}?{_query({**options, 'skiptoken': token}, exchange.aliases)}"


def rest_link(
    exchange: Exchange, owner: tuple[EntitySet, Row], hop: Navigation, options: Mapping[str, str]
) -> str:
    """The related rows that an expand left out, with the options of the expand."""
    path = f"{exchange.root}{keys.entity_path(*owner)}/{hop.name}"
    return f"{path}?{_query(options, exchange.aliases)}"


def _query(options: Mapping[str, str], aliases: Mapping[str, str]) -> str:
    named = [(f"${name}", text) for name, text in options.items()]
    pairs = [*named, *aliases.items()]
    return "&".join(f"{quote(name, safe='$@')}={quote(text, safe=_KEPT_IN_QUERY)}" for name, text in pairs)
