"""Entities as the platform prints them: some of their members, nested or flat."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from integrationhub.wire.problems import FieldError, InvalidInput

# Damage in the documents, which lost the underscores, and so in software written after them.
_DAMAGED = {"tokenlocal": "token_local", "tokenremote": "token_remote", "tokenremote2": "token_remote2"}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_LARGEST_OFFSET = 10**9
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_id(text: str) -> bool:
    """Ids are five groups of hexadecimal digits, of whatever version."""
    return _ID.fullmatch(text) is not None


def mended(name: str) -> str:
    return _DAMAGED.get(name, name)


def read_mask(text: str, known: Iterable[str]) -> frozenset[str]:
    """The names of a mask; the name of a group stands for its members. Raises InvalidInput."""
    names = list(known)
    chosen: set[str] = set()
    for part in filter(None, (mended(part.strip()) for part in text.split(","))):
        members = [name for name in names if name == part or name.startswith(f"{part}.")]
        if not members:
            raise InvalidInput([FieldError("mask", f"There is no field {part[:100]!a}.")])
        chosen.update(members)
    return frozenset(chosen)


def read_flag(name: str, text: str) -> bool:
    """Raises InvalidInput."""
    if text.lower() not in _FLAGS:
        raise InvalidInput([FieldError(name, "Write true or false.")])
    return _FLAGS[text.lower()]


def read_count(name: str, text: str, most: int = _LARGEST_OFFSET) -> int:
    """Raises InvalidInput."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) <= most):
        raise InvalidInput([FieldError(name, f"Write a whole number from 0 to {most}.")])
    return int(text)


def nest(members: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Dotted names become members of objects, in the order given."""
    nested: dict[str, Any] = {}
    for name, value in members:
        group, dot, rest = name.partition(".")
        if dot:
            nested.setdefault(group, {})[rest] = value
        else:
            nested[name] = value
    return nested


def flatten(entity: Mapping[str, Any], groups: Iterable[str]) -> list[tuple[str, Any]]:
    """The members of an entity by dotted names; `groups` are the members that are objects of members."""
    flat: list[tuple[str, Any]] = []
    for name, value in entity.items():
        if name in groups and isinstance(value, Mapping):
            flat += [(f"{name}.{inner}", each) for inner, each in value.items()]
        else:
            flat.append((name, value))
    return flat


def moment(value: datetime) -> str:
    """`2019-08-28T13:34:16.42Z`: UTC, two digits of a second, cut off."""
    utc = value.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 10_000:02}Z"
