"""Keys in URLs: `(5)`, `('a''b')`, `(OrderID=1,Line=2)`, and the paths made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from integrationhub.wire.expressions.errors import ExpressionError

from . import literals
from .decoding import WrongValueError
from .errors import ODataError
from .registry import EntitySet, EntityType, Key, Property
from .splitting import split

_KEPT = "()',=$:@!*;-._~"
"""What a path segment keeps as it is; a slash within a key is encoded."""


def key_text(kind: EntityType, row: Key) -> str:
    """The parentheses behind a set's name, not yet percent-encoded. A Row has its key, selected or not."""
    if len(kind.key) == 1:
        return f"({literals.render(row[kind.keys[0].name])})"
    return "(" + ",".join(f"{each.name}={literals.render(row[each.name])}" for each in kind.keys) + ")"


def entity_path(entity_set: EntitySet, row: Key) -> str:
    """The canonical path of a row under the service root, percent-encoded."""
    return entity_set.name + quote(key_text(entity_set.type, row), safe=_KEPT)


def parse_key(entity_set: EntitySet, text: str, aliases: Mapping[str, str]) -> dict[str, Any]:
    """What stands in the parentheses, as Python values by property name. Raises ODataError 400."""
    kind = entity_set.type
    named = _named(text)
    if named is None:
        if len(kind.key) > 1:
            raise _unfit(entity_set, f"name its key properties: {', '.join(kind.key)}")
        return {kind.keys[0].name: _value(kind.keys[0], text.strip(), aliases)}
    found = {each.name: text for name, text in named.items() if (each := kind.property(name))}
    if len(found) < len(named):
        raise _unfit(entity_set, f"its key is {', '.join(kind.key)}")
    if not set(found) <= set(kind.key):
        raise ODataError(501, "", f"Not implemented: alternate keys. The key is {', '.join(kind.key)}.")
    if missing := [name for name in kind.key if name not in found]:
        raise _unfit(entity_set, f"{missing[0]} is missing")
    return {each.name: _value(each, found[each.name], aliases) for each in kind.keys}


def segment_key(entity_set: EntitySet, text: str) -> dict[str, Any] | None:
    """A key that is a path segment of its own, `/Set/5`; None where it cannot be one."""
    if len(entity_set.type.key) != 1:
        return None
    each = entity_set.type.keys[0]
    try:
        return {each.name: literals.from_text(text, each.type)}
    except WrongValueError:
        return None


def _named(text: str) -> dict[str, str] | None:
    """`A=1,B='x'` by name; None for a bare value."""
    try:
        pieces = [piece.name for piece in split(text, ",")]
    except ExpressionError as error:
        raise ODataError(400, "", f"Bad key: {error.message}.") from None
    pairs = [piece.partition("=") for piece in pieces]
    if len(pairs) == 1 and (not pairs[0][1] or not pairs[0][0].strip().isidentifier()):
        return None
    return {name.strip(): value.strip() for name, _, value in pairs}


def _value(each: Property, text: str, aliases: Mapping[str, str]) -> Any:
    try:
        value = literals.parse(aliases.get(text, text) if text.startswith("@") else text, each.type)
    except WrongValueError as error:
        raise ODataError(400, "", f"Bad key: {each.name} {error}.", each.name) from None
    if value is None:
        raise ODataError(400, "", f"Bad key: {each.name} must not be null.", each.name)
    return value


def _unfit(entity_set: EntitySet, what: str) -> ODataError:
    return ODataError(400, "", f"Bad key of {entity_set.name}: {what}.")


def key_filter(kind: EntityType, key: Key) -> dict[str, Any]:
    """The key as a condition on the columns."""
    return {str(each.source): key[each.name] for each in kind.keys}
