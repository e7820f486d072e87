"""What has a name on the wire, and how it is found there."""

from collections.abc import Iterable
from functools import cached_property
from typing import TypeVar


class Named:
    """Something declared under a name, and perhaps other names that requests may use."""

    name: str
    aliases: tuple[str, ...] = ()

    @cached_property
    def folded_names(self) -> frozenset[str]:
        return frozenset(name.lower() for name in (self.name, *self.aliases))


N = TypeVar("N", bound=Named)


def find(items: Iterable[N], name: str) -> N | None:
    """Find by name in any case; no two names of one list differ in their case alone."""
    folded = name.lower()
    return next((each for each in items if folded in each.folded_names), None)
