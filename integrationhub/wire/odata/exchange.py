"""One request in the terms of OData, wherever it came from: HTTP, or a part of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import unquote_plus

from . import negotiation
from .errors import ODataError
from .negotiation import Format, Version
from .perspective import Perspective
from .registry import Caller, Service

SYSTEM_OPTIONS = frozenset(
    {"apply", "compute", "count", "deltatoken", "expand", "filter", "format", "id", "index", "levels"}
    | {"orderby", "schemaversion", "search", "select", "skip", "skiptoken", "top"}
)


@dataclass(frozen=True)
class Exchange:
    """`path` is decoded and relative to the service root; `root` is that root's absolute URL, with a slash.

    `options` are the query's parameters, decoded, in order; `headers` finds names in any case.
    """

    service: Service
    principal: Any
    method: str
    path: str
    options: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    root: str
    now: datetime

    @property
    def caller(self) -> Caller:
        return Caller(self.principal, self.now)

    @cached_property
    def seen(self) -> Perspective:
        return Perspective(self.service, self.principal, self.now, self.aliases)

    def option(self, name: str) -> str | None:
        """A system query option by its bare name in lower case, such as `filter`."""
        return self.system_options.get(name)

    @cached_property
    def system_options(self) -> dict[str, str]:
        """By bare name in lower case. Raises 400 for an unknown `$name`, and for one that comes twice."""
        found: dict[str, str] = {}
        for given, value in self.options:
            name = given.strip().lower().removeprefix("$")
            if name not in SYSTEM_OPTIONS:
                if given.startswith("$"):
                    raise ODataError(
                        400, "", f"The query parameter '{given[:100]}' is not supported.", given[:100]
                    )
                continue
            if name in found:
                raise ODataError(400, "", f"The query parameter '${name}' comes more than once.", f"${name}")
            found[name] = value
        return found

    def require_only(self, *names: str) -> None:
        """Raises 400 for a system query option that means nothing for what is addressed."""
        for name in self.system_options:
            if name not in ("format", *names):
                raise ODataError(400, "", f"The query option '${name}' does not apply here.", f"${name}")

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Parameter aliases by name, `@p1`."""
        return {name: value for name, value in self.options if name.startswith("@")}

    @cached_property
    def preferences(self) -> dict[str, str]:
        """The Prefer header, by name in lower case and without `odata.`; "" for one that has no value."""
        found: dict[str, str] = {}
        for part in self.headers.get("Prefer", "").replace(";", ",").split(","):
            name, _, value = part.partition("=")
            found.setdefault(name.strip().lower().removeprefix("odata."), value.strip().strip('"'))
        return found

    @cached_property
    def format(self) -> Format:
        """The JSON of the answer. Raises 406."""
        return negotiation.json_format(
            self.headers.get("Accept"),
            self.option("format"),
            charset="Accept-Charset" in self.headers,
        )

    @cached_property
    def version(self) -> Version:
        return negotiation.version_of(self.headers)


def parse_options(query: str) -> tuple[tuple[str, str], ...]:
    """The parameters of a query string, decoded, in order; a part that is empty means nothing."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return tuple((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)
