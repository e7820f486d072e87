"""What the demo ERP tells of its bookings to whoever asks for a page of them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from demo.http1 import HttpError

LARGEST_PAGE = 500
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

_PATH = re.compile(r"/feed/([A-Za-z][A-Za-z0-9_]{0,63})")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Page `number`, from 1 on, of what has been booked of an entity since a moment (ISO 8601, UTC)."""

    entity: str
    since: str
    number: int
    limit: int


def find_entity(path: str) -> str | None:
    """The entity of a path to a feed, None for another path."""
    match = _PATH.fullmatch(path)
    return match and match[1]


def read_page(entity: str, query: Mapping[str, str]) -> FeedPage:
    """Raises HttpError 400, naming the parameter."""
    return FeedPage(
        entity,
        since=_read_moment(query.get("updated_since", "")),
        number=_read_number(query, "page", 1),
        limit=min(LARGEST_PAGE, _read_number(query, "limit", 100)),
    )


def describe_item(key: str, resource: str, body: bytes, received_at: str) -> Mapping[str, object]:
    return {"Key": key, "Resource": resource, "BookedOn": received_at, "Item": json.loads(body)}


def _read_moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text) if text else BEGINNING
        return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise HttpError(400, "updated_since is not a time such as 2026-01-31T12:00:00Z") from None


def _read_number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if _NUMBER.fullmatch(text) is None or int(text) == 0:
        raise HttpError(400, f"{name} is not a whole number from 1 on")
    return int(text)
