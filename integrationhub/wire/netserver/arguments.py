"""What an operation was asked with: from JSON, XML, a form or the query, names in any case."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

from integrationhub.wire.forms import Branch, Pairs, tree
from integrationhub.wire.netserver import timespans
from integrationhub.wire.problems import FieldError, InvalidInput
from integrationhub.wire.xml_bodies import split

MOST_KEYS = 10_000
_UNKEPT = re.compile("[\x00\ud800-\udfff]")

Reader = Callable[[Any], Any]


class UnfitError(ValueError):
    """A value is not of its argument's type."""


@dataclass(frozen=True, slots=True)
class Argument:
    """`default` is what a missing or null one is; without one it has to be there."""

    read: Reader
    default: Any = ...

    @property
    def is_required(self) -> bool:
        return self.default is ...


def read(declared: Mapping[str, Argument], body: Any, query: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Every declared argument by its name. Raises InvalidInput that names all that are at fault."""
    given = {name.lower(): value for name, value in query} | members(body)
    values, faults = {}, []
    for name, argument in declared.items():
        try:
            values[name] = _value(argument, given.get(name.lower()))
        except (ValueError, OverflowError) as error:
            faults.append(FieldError(name, f"{error}."))
    if faults:
        raise InvalidInput(faults)
    return values


def members(body: Any) -> dict[str, Any]:
    """The members of a body by name in lower case."""
    match body:
        case None:
            return {}
        case Pairs():
            return tree(body)
        case Element():
            return _of_xml(body)
        case Mapping():
            return {name.lower(): value for name, value in body.items()}
    raise InvalidInput([FieldError("", "The body has to be an object.")])


def _of_xml(root: Element) -> dict[str, Any]:
    """Which namespace its members are of depends on the client's serializer, but it is one."""
    found: dict[str, Any] = {}
    for child in root:
        namespace, name = split(child.tag)
        if namespace != split(root[0].tag)[0]:
            raise InvalidInput([FieldError(name[:100], "It is of another namespace than the one before.")])
        if name.lower() in found:
            raise InvalidInput([FieldError(name[:100], "It occurs twice.")])
        found[name.lower()] = child
    return found


def _value(argument: Argument, given: Any) -> Any:
    if given is None or _is_nil(given):
        if argument.is_required:
            raise UnfitError("It is missing")
        return argument.default
    return argument.read(given)


def _is_nil(given: Any) -> bool:
    return isinstance(given, Element) and any(
        split(name)[1] == "nil" and given.attrib[name] in ("true", "1") for name in given.attrib
    )


def _scalar(given: Any) -> Any:
    if not isinstance(given, Element):
        return given
    if len(given):
        raise UnfitError("It has to be a single value")
    return given.text or ""


def integer(given: Any) -> int:
    value = _scalar(given)
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,10}\s*", value, re.ASCII):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**31) <= value < 2**31:
        raise UnfitError("It has to be an integer of 32 bits")
    return value


def boolean(given: Any) -> bool:
    value = _scalar(given)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if not isinstance(value, bool):
        raise UnfitError("It has to be true or false")
    return value


def string(given: Any) -> str:
    value = _scalar(given)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise UnfitError("It has to be a string")
    if _UNKEPT.search(value):
        raise UnfitError("It holds a NUL or half of a surrogate pair")
    return value


def timespan(given: Any) -> timedelta:
    try:
        return timespans.read(string(given))
    except ValueError as error:
        raise UnfitError(f"It is no span of time: {error}") from None


def list_of(read_one: Reader) -> Reader:
    def read_list(given: Any) -> list[Any]:
        items = _items(given)
        if len(items) > MOST_KEYS:
            raise UnfitError(f"It has more than {MOST_KEYS} entries")
        return [read_one(item) for item in items]

    return read_list


def _items(given: Any) -> list[Any]:
    """A single value is a list of one, an empty text one of none."""
    match given:
        case "":
            return []
        case Branch():
            return given.listed()
        case list() | Element():
            return list(given)
        case str() | int() if not isinstance(given, bool):
            return [given]
    raise UnfitError("It has to be a list")


def map_of_strings(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping | Element):
        raise UnfitError("It has to be a map of strings")
    entries = given.items() if isinstance(given, Mapping) else ((split(each.tag)[1], each) for each in given)
    return {string(name): "" if value is None else string(value) for name, value in entries}


def object_of(declared: Mapping[str, Argument]) -> Reader:
    """A carrier from outside: what it declares is read, the rest is passed over."""

    def read_object(given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping | Element):
            raise UnfitError("It has to be an object")
        found, values = members(given), {}
        for name, argument in declared.items():
            try:
                values[name] = _value(argument, found.get(name.lower()))
            except (ValueError, OverflowError) as error:
                raise UnfitError(f"{name}: {error}") from None
        return values

    return read_object
