"""What may be written down of a request or an answer."""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache

BODY_LIMIT = 16 * 1024
MASK = "***"

_SENSITIVE_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_SENSITIVE = (
    "passw",
    "secret",
    "token",
    "apikey",
    "api-key",
    "api_key",
    "authorization",
    "credential",
    "private",
)
_QUERY_VALUE = re.compile(r"([?&][^=&\s]*=)[^&\s]*")


def headers(pairs: Iterable[tuple[str, str]], *, secret_names: Iterable[str] = ()) -> str:
    """Header lines, the values of secret ones masked."""
    hidden = {name.lower() for name in secret_names}
    return "\n".join(
        [
            f"{name}: {MASK if _is_sensitive_header(name) or name.lower() in hidden else value}"
            for name, value in pairs
        ]
    )


def url(text: str) -> str:
    """A URL with the values of its query masked."""
    return _QUERY_VALUE.sub(rf"\1{MASK}", text) if "=" in text else text


def body(raw: bytes) -> str:
    """A body as text, at most BODY_LIMIT long; JSON members with a sensitive name are masked."""
    if not raw:
        return ""
    text = raw.decode("utf-8", "replace").replace("\x00", "�")
    if "\\u" in text or _is_sensitive(text):  # else no key has such a name, however it is spelt
        text = _without_secrets(text)
    return text if len(text) <= BODY_LIMIT else text[:BODY_LIMIT] + "…"


def _without_secrets(text: str) -> str:
    with suppress(ValueError, RecursionError):  # what is not JSON is written down as it is
        value = json.loads(text)
        masked = _masked(value)
        if masked != value:  # else it is kept to the letter, numbers as they were sent
            text = json.dumps(masked, ensure_ascii=False)
        text = text.encode("utf-8", "replace").decode()  # JSON can spell lone surrogates, databases cannot
    return text


def _masked(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: MASK if _is_sensitive(key) else _masked(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_masked(member) for member in value]
    return value


def _is_sensitive(text: str) -> bool:
    """Whether one of the words is in it, in letters of any case."""
    # An i is an i with its dot or without, as Turkish has it.
    folded = text.casefold().replace("\u0307", "").replace("\u0131", "i")
    return any(map(folded.__contains__, _SENSITIVE))


@lru_cache(maxsize=256)
def _is_sensitive_header(name: str) -> bool:
    return name.lower() in _SENSITIVE_HEADERS or _is_sensitive(name)
