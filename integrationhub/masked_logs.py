"""Paths that carry a token are logged without it."""

import re
from typing import Any

from structlog.typing import EventDict

_TOKEN_IN_PATH = re.compile(r"(/(?:hooks|integration_tokens)/)[^\s/?\"'<>]+")


def mask(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A structlog processor."""
    return {
        name: _TOKEN_IN_PATH.sub(r"\1…", value) if isinstance(value, str) else value
        for name, value in event.items()
    }
