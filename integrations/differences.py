"""What a row of a bundle says differently from the hub, a line for each difference, as staff would put it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]

_MISSING = object()


def spelled(value: object) -> str:
    if value is None or value is _MISSING or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def differences(before: Row, wanted: Row) -> Iterator[str]:
    """Of the members that are wanted; the others are left alone. `before` is empty for a new row."""
    old, new = dict(_values(before, wanted)), dict(_values(wanted, wanted))
    for label in [*new, *(label for label in old if label not in new)]:
        was, becomes = old.get(label, _MISSING), new.get(label, _MISSING)
        if was != becomes:
            old_words = f"{spelled(was)} → " if before else ""
            yield f"{label}: {old_words}{spelled(becomes)}"
    yield from _new_order(_names(before), _names(wanted))


def _values(row: Row, wanted: Row) -> Iterator[tuple[str, Any]]:
    """What a row holds, by labels. The parts of a configuration are told apart, and properties as well."""
    for name in wanted:
        value = row.get(name)
        if name == "properties":
            yield from _properties(value or [], {each["name"]: each for each in wanted[name]})
        elif isinstance(value, Mapping):
            yield from ((f"{_label(name)}, {part}", each) for part, each in value.items())
        elif value not in (None, ""):
            yield _label(name), value


def _properties(rows: Iterable[Row], wanted: Mapping[str, Row]) -> Iterator[tuple[str, str]]:
    """Nothing is taken away from an entity: a property that the bundle does not name is no difference."""
    for row in rows:
        if known := wanted.get(row["name"]):
            may_be_empty = "nullable" in known and row["nullable"]
            yield f"Property {row['name']}", row["type"] + (", may be empty" if may_be_empty else "")


def _names(row: Row) -> list[str]:
    return [each["name"] for each in row.get("properties") or []]


def _new_order(before: list[str], wanted: list[str]) -> Iterator[str]:
    old, new = [name for name in before if name in wanted], [name for name in wanted if name in before]
    if old != new:
        yield f"Order of properties: {', '.join(old)} → {', '.join(new)}"


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
