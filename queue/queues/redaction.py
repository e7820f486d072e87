"""What may be written down of a request or an answer."""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress

BODY_LIMIT = 16 * 1024
MASK = "***"

_SENSITIVE_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_SENSITIVE_KEY = re.compile(r"passw|secret|token|api[-_]?key|authorization|credential|private", re.IGNORECASE)
_QUERY_VALUE = re.compile(r"([?&][^=&\s]*=)[^&\s]*")


def headers(pairs: Iterable[tuple[str, str]], *, secret_names: Iterable[str] = ()) -> str:
    """Header lines, the values of secret ones masked."""
    hidden = _SENSITIVE_HEADERS | {name.lower() for name in secret_names}
    return "\n".join(
        f"{name}: {MASK if name.lower() in hidden or _SENSITIVE_KEY.search(name) else value}"
        for name, value in pairs
    )


def url(text: str) -> str:
    """A URL with the values of its query masked."""
    return _QUERY_VALUE.sub(rf"\1{MASK}", text)


def body(raw: bytes) -> str:
    """A body as text, at most BODY_LIMIT long; JSON members with a sensitive name are masked."""
    text = raw.decode("utf-8", "replace").replace("\x00", "�")
    if "\\" in text or _SENSITIVE_KEY.search(text):  # else no key has such a name, however it is spelt
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
        return {key: MASK if _SENSITIVE_KEY.search(key) else _masked(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_masked(member) for member in value]
    return value
