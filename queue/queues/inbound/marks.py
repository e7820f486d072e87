"""Marks: values by which a remote system orders its changes. Kept as JSON text, "" while there is none."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

Mark = str | int | float

_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


def furthest(held: str, marks: Iterable[Mark]) -> str:
    """The last of them all. Numbers and moments go by their value, also when they come as text."""
    known = [] if held == "" else [json.loads(held)]
    every = [*known, *marks]
    return json.dumps(max(every, key=_order)) if every else ""


def text_of(mark: Mark) -> str:
    """A mark as it is sent."""
    return mark if isinstance(mark, str) else json.dumps(mark)


def moment_of(mark: Mark | None) -> datetime | None:
    """The moment that a mark names; one without an offset is in UTC."""
    if not isinstance(mark, str) or _NUMBER.fullmatch(mark):
        return None
    try:
        moment = datetime.fromisoformat(mark)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _order(mark: Mark) -> tuple[int, Decimal | datetime | str]:
    """Of different kinds moments come last: a text that is no moment must not end the reading of moments."""
    if not isinstance(mark, str):
        return (1, Decimal(repr(mark)))
    if _NUMBER.fullmatch(mark):
        return (1, Decimal(mark))
    moment = moment_of(mark)
    return (0, mark) if moment is None else (2, moment)
