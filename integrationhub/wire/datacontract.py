"""Types as the DataContractSerializer and Json.NET write and read them.

JSON lists a type's own members before the ones it inherits; XML the inherited ones first, each group by the
alphabet. Nulls are written. Reading takes member names in any case (XML: as they are), ignores members it
does not know, and is strict about types and namespaces.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from integrationhub.wire import timestamps
from integrationhub.wire.forms import Branch, Pairs, tree
from integrationhub.wire.problems import FieldError, InvalidInput
from integrationhub.wire.timestamps import Timestamp
from integrationhub.wire.xml_bodies import split

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
ROOT = "request"

_PAIR = "KeyValueOfstringstring"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class UnfitError(ValueError):
    """A value is not of its member's kind."""


class Kind(Enum):
    INT = 31
    LONG = 63
    STRING = "string"
    DATE = "date"
    DICTIONARY = "dictionary"


@dataclass(frozen=True)
class Contract:
    """`members` are its own, `inherited` its base type's: kinds by name, in the order of declaration."""

    name: str
    namespace: str
    members: Mapping[str, Kind]
    inherited: Mapping[str, Kind]

    @property
    def all(self) -> dict[str, Kind]:
        return {**self.members, **self.inherited}

    @property
    def in_xml(self) -> list[str]:
        return [*sorted(self.inherited), *sorted(self.members)]


# Writing


def to_json(contract: Contract, values: Mapping[str, Any]) -> dict[str, Any]:
    written = {name: values.get(name) for name in contract.all}
    return {name: str(value) if isinstance(value, Timestamp) else value for name, value in written.items()}


def to_xml(contract: Contract, values: Mapping[str, Any]) -> str:
    inside = "".join(_element(name, values.get(name)) for name in contract.in_xml)
    spaces = f'xmlns:i="{INSTANCE}" xmlns={quoteattr(contract.namespace)}'
    return f"<{contract.name} {spaces}>{inside}</{contract.name}>"


def _element(name: str, value: object) -> str:
    if value is None:
        return f'<{name} i:nil="true" />'
    if isinstance(value, Mapping):
        return f'<{name} xmlns:d2p1="{ARRAYS}">{"".join(map(_pair, value.items()))}</{name}>'
    return f"<{name}>{text(value)}</{name}>"


def _pair(pair: tuple[str, str | None]) -> str:
    key, value = pair
    written = '<d2p1:Value i:nil="true" />' if value is None else f"<d2p1:Value>{text(value)}</d2p1:Value>"
    return f"<d2p1:{_PAIR}><d2p1:Key>{text(key)}</d2p1:Key>{written}</d2p1:{_PAIR}>"


def text(value: object) -> str:
    """As the content of an element; what XML cannot carry becomes a question mark."""
    return _NO_XML.sub("?", escape(str(value), {"\r": "&#xD;"}))


# Reading


def read(contract: Contract, body: object) -> dict[str, Any]:
    """Every member, None where it is missing. Raises InvalidInput, whose fields are `request.<member>`."""
    match body:
        case Element():
            given = _given_in_xml(contract, body)
        case Pairs():
            given = {name: _given(value) for name, value in tree(body).items()}
        case Mapping():
            given = {name.lower(): _given(value) for name, value in body.items()}
        case _:
            raise InvalidInput([FieldError(ROOT, f"A body is needed: {contract.name}.")])
    return _converted(contract, given)


def _converted(contract: Contract, given: Mapping[str, Any]) -> dict[str, Any]:
    values, faults = {}, []
    for name, kind in contract.all.items():
        try:
            value = given.get(name.lower())
            values[name] = None if value is None else _READERS[kind](value)
        except ValueError as error:
            faults.append(FieldError(f"{ROOT}.{name}", f"{error}."))
    if faults:
        raise InvalidInput(faults)
    return values


def _given(value: Any) -> Any:
    """An empty text is a null, as Json.NET has it."""
    return None if value == "" else value


def _given_in_xml(contract: Contract, root: Element) -> dict[str, Any]:
    if split(root.tag) != (contract.namespace, contract.name):
        wanted = f"the element {contract.name} of the namespace {contract.namespace}"
        raise InvalidInput([FieldError(ROOT, f"The root has to be {wanted}.")])
    given: dict[str, Any] = {}
    for child in root:
        namespace, name = split(child.tag)
        if namespace != contract.namespace:
            message = f"It has to be of the namespace {contract.namespace}."
            raise InvalidInput([FieldError(f"{ROOT}.{name[:100]}", message)])
        if name in contract.all and name.lower() in given:
            raise InvalidInput([FieldError(f"{ROOT}.{name}", "It occurs twice.")])
        given[name.lower()] = _content(child, contract.all.get(name))
    return {name.lower(): given.get(name.lower()) for name in contract.all}


def _content(element: Element, kind: Kind | None) -> Any:
    if element.get(f"{{{INSTANCE}}}nil") in ("true", "1"):
        return None
    return element if len(element) or kind is Kind.DICTIONARY else element.text or ""


def _integer(bits: int) -> Callable[[Any], int]:
    def read_integer(value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,19}\s*", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnfitError("It has to be an integer")
        if not -(2**bits) <= value < 2**bits:
            raise ValueError(f"It is out of the range of an integer of {bits + 1} bits")
        return value

    return read_integer


def _string(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise UnfitError("It has to be a string")
    if _NO_XML.search(value):
        raise ValueError("It holds a character that cannot be carried in XML")
    return value


def _date(value: Any) -> Timestamp:
    if not isinstance(value, str):
        raise UnfitError("It has to be a date")
    try:
        return timestamps.parse(value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"It is no date: {error}") from None


def _dictionary(value: Any) -> dict[str, str | None]:
    if isinstance(value, Element):
        value = dict(_entry(pair) for pair in value)
    if isinstance(value, Branch) and any(isinstance(each, Branch) for each in value.values()):
        value = dict(_numbered(pair) for pair in value.listed())
    if not isinstance(value, Mapping):
        raise UnfitError("It has to be a dictionary of strings")
    return dict(_strings(value))


def _entry(pair: Element) -> tuple[Any, Any]:
    parts = {part.tag: _content(part, None) for part in pair}
    key, value = f"{{{ARRAYS}}}Key", f"{{{ARRAYS}}}Value"
    if pair.tag != f"{{{ARRAYS}}}{_PAIR}" or set(parts) != {key, value}:
        raise UnfitError(f"An entry has to be a {_PAIR} with Key and Value, of the namespace {ARRAYS}")
    return parts[key], parts[value]


def _numbered(pair: Any) -> tuple[Any, Any]:
    """`CustomDatabaseValues[0].Key=…&CustomDatabaseValues[0].Value=…`."""
    parts = {name.lower(): part for name, part in pair.items()} if isinstance(pair, Branch) else {}
    if set(parts) != {"key", "value"}:
        raise UnfitError("An entry has to have Key and Value")
    return parts["key"], parts["value"]


def _strings(value: Mapping[Any, Any]) -> Iterator[tuple[str, str | None]]:
    for key, entry in value.items():
        yield _string(key), None if entry is None else _string(entry)


_READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.INT: _integer(31),
    Kind.LONG: _integer(63),
    Kind.STRING: _string,
    Kind.DATE: _date,
    Kind.DICTIONARY: _dictionary,
}
