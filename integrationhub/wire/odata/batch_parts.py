"""What a batch consists of, in whichever format it came, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import HttpResponse

from .errors import ODataError


@dataclass(frozen=True)
class Part:
    """One request. Parts that share a `group` are one unit of work: all of them happen, or none.

    `id` is what later parts call it by; `fault` is the answer to one that cannot even be tried.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    id: str | None = None
    group: str | None = None
    depends_on: tuple[str, ...] = ()
    fault: ODataError | None = None


@dataclass(frozen=True)
class Result:
    """`rolled_back`: it went well, and was undone since another part of its group did not."""

    part: Part
    response: HttpResponse
    rolled_back: bool = False

    @property
    def failed(self) -> bool:
        return self.rolled_back or self.response.status_code >= 400
