"""The names an expression may use. A name is never a path into anything else."""

import re
from dataclasses import dataclass
from functools import cached_property

from .types import ValueType

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)


@dataclass(frozen=True)
class Property:
    """A named, typed value of a row. `nullable` informs people; every back end bears null anywhere."""

    name: str
    type: ValueType
    nullable: bool = True

    def __post_init__(self) -> None:
        if not _IDENTIFIER.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a property name: letters, digits and _ only")


class AmbiguousNameError(LookupError):
    """Several properties differ from the name in case only."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(" or ".join(names))


@dataclass(frozen=True)
class Schema:
    """The properties of one entity."""

    entity: str
    properties: tuple[Property, ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.entity, self.properties))

    @cached_property
    def _exact(self) -> dict[str, Property]:
        return {each.name: each for each in self.properties}

    @cached_property
    def _folded(self) -> dict[str, list[Property]]:
        folded: dict[str, list[Property]] = {}
        for each in self.properties:
            folded.setdefault(each.name.lower(), []).append(each)
        return folded

    def find(self, name: str) -> Property | None:
        """Find a property by its exact name, else by its name in any case.

        Raises AmbiguousNameError when only the case tells several apart.
        """
        if exact := self._exact.get(name):
            return exact
        candidates = self._folded.get(name.lower(), [])
        if len(candidates) > 1:
            raise AmbiguousNameError([each.name for each in candidates])
        return candidates[0] if candidates else None

    def knows(self, name: str) -> bool:
        return name.lower() in self._folded

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.properties]
