"""How often sign-in failed from one address: a fixed window, counted in the cache of this process."""

import contextlib
from datetime import datetime

from django.core.cache import cache

ALLOWED = 10
WINDOW = 60


def seconds_to_wait(network: str, now: datetime) -> int:
    """0 while this address may try; else how long until its window ends."""
    if cache.get(_key(network, now), 0) < ALLOWED:
        return 0
    return WINDOW - int(now.timestamp()) % WINDOW


def note_failure(network: str, now: datetime) -> None:
    key = _key(network, now)
    cache.add(key, 0, timeout=WINDOW)
    with contextlib.suppress(ValueError):  # evicted in between: then it counts from the next one on
        cache.incr(key)


def _key(network: str, now: datetime) -> str:
    return f"failed-authentication:{network}:{int(now.timestamp()) // WINDOW}"
