"""Addresses that carry a token, or what one is fetched with, are logged without it."""

import re
from typing import Any

from structlog.typing import EventDict

_TOKEN_IN_PATH = re.compile(r"(/(?:hooks|integration_tokens)/)[^\s/?\"'<>]+")
_ANSWER_IN_QUERY = re.compile(r"(/oauth/callback/?\?)[^\s\"'<>]+")


def mask(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A structlog processor."""
    return {name: _masked(value) if isinstance(value, str) else value for name, value in event.items()}


def _masked(text: str) -> str:
    return _ANSWER_IN_QUERY.sub(r"\1…", _TOKEN_IN_PATH.sub(r"\1…", text))
