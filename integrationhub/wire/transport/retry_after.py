"""How long a receiver asks to be left alone."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 366 * 86400.0
_SECONDS = re.compile(r"[0-9]+")


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds from `now` (aware) that `Retry-After` asks for: 0 to `LONGEST`; None without a readable one.

    `headers` has lower-case names. The value is a count of seconds or an HTTP date (RFC 9110, 10.2.3).
    """
    text = headers.get("retry-after", "").strip()
    wait = float(text) if _SECONDS.fullmatch(text) else _seconds_until(text, now)
    return None if wait is None else min(max(wait, 0.0), LONGEST)


def _seconds_until(text: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # HTTP dates are in GMT even where the parser finds no zone it knows.
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now.timestamp()
