"""Local tokens: made at random, kept encrypted, found by a keyed hash."""

import hashlib
import hmac
import re
import secrets
from functools import cache

from django.conf import settings

_TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)


def new_token() -> str:
    """32 hexadecimal digits, 128 bits."""
    return secrets.token_hex(16)


def index_of(token: str) -> str:
    """What a new token is kept under."""
    return indexes_of(token)[0]


def indexes_of(token: str) -> list[str]:
    """What a token may be kept under: once for each key in force, the newest first."""
    keys = _index_keys(tuple(settings.HUB_ENCRYPTION_KEYS))
    return [hmac.digest(key, token.encode(), hashlib.sha256).hex() for key in keys]


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


@cache
def _index_keys(keys: tuple[str, ...]) -> tuple[bytes, ...]:
    """Keys of their own: the ones that encrypt do nothing else."""
    return tuple(hmac.digest(key.encode(), b"channels: token index", hashlib.sha256) for key in keys)
