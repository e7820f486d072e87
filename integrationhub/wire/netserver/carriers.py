"""Carriers: the objects that NetServer's agents take and give, each with its rights behind its properties."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrationhub.wire.netserver import languages, timespans
from integrationhub.wire.netserver.languages import Locale, Phrase
from integrationhub.wire.netserver.selecting import Selection
from integrationhub.wire.netserver.time_zones import TimeZone

_RIGHTS = ("TableRight", "FieldProperties")


@dataclass(frozen=True, slots=True)
class Property:
    """`type` is .NET's; `told` says that texts in several languages are resolved; `length` 0 is no limit."""

    type: str = "System.String"
    writable: bool = False
    told: bool = False
    length: int = 0


@dataclass(frozen=True, slots=True)
class Carrier:
    name: str
    properties: Mapping[str, Property]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the caller may do with the row: names of NetServer's flags, such as Select and Update."""

    names: tuple[str, ...]
    reason: str = ""

    @property
    def mask(self) -> str:
        if set(self.names) == {"Select", "Update", "Insert", "Delete"}:
            return "FULL"
        return ", ".join(self.names) or "None"

    def field_mask(self, each: Property) -> str:
        """`FULL` is no right of a field: clients would take it for none."""
        if "Select" not in self.names:
            return "None"
        return "Update" if each.writable and "Update" in self.names else "Read"


@dataclass(frozen=True, slots=True)
class Carried:
    """One carrier with its values."""

    carrier: Carrier
    values: Mapping[str, Any]
    rights: Rights


@dataclass(frozen=True, slots=True)
class Manner:
    """How a caller wants to be told: in which language and zone, and which properties."""

    locale: Locale = field(default_factory=Locale)
    time_zone: TimeZone = field(default_factory=TimeZone)
    selection: Selection | None = None


def write(value: Any, manner: Manner, *, told: bool = False) -> Any:
    """Plain JSON values. Properties keep their order; unselected ones stay, as null."""
    match value:
        case Carried():
            return dict(_members(value, manner))
        case Phrase():
            return value.told(manner.locale)
        case str():
            return languages.resolve(value, manner.locale) if told else value
        case datetime():
            return manner.time_zone.write(value)
        case timedelta():
            return timespans.write(value)
        case Mapping():
            return {str(name): write(each, manner) for name, each in value.items()}
        case Sequence():
            return [write(each, manner, told=told) for each in value]
    return value


def _members(carried: Carried, manner: Manner) -> Iterator[tuple[str, Any]]:
    selection = manner.selection
    for name, each in carried.carrier.properties.items():
        if selection is None or name.lower() in selection:
            inside = Manner(manner.locale, manner.time_zone, _within(selection, name))
            yield name, write(carried.values.get(name), inside, told=each.told)
        else:
            yield name, None
    for name, made in zip(_RIGHTS, (_table_right, _field_properties), strict=True):
        yield name, made(carried) if selection is None or name.lower() in selection else None


def _within(selection: Selection | None, name: str) -> Selection | None:
    """Naming an object alone asks for all of it."""
    return selection[name.lower()] or None if selection else None


def _table_right(carried: Carried) -> dict[str, str]:
    return {"Mask": carried.rights.mask, "Reason": carried.rights.reason}


def _field_properties(carried: Carried) -> dict[str, Any]:
    return {
        name: {
            "FieldRight": {"Mask": carried.rights.field_mask(each), "Reason": carried.rights.reason},
            "FieldType": each.type,
            "FieldLength": each.length,
        }
        for name, each in carried.carrier.properties.items()
    }
