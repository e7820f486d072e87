"""What stands in a list's columns and a page's fields."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from django.utils.html import format_html
from unfold.decorators import display

from integrations.ages import brief

Column = TypeVar("Column", bound=Callable[..., object])


def column(
    description: str,
    *,
    ordering: str | None = None,
    label: Mapping[Any, str] | None = None,
    boolean: bool | None = None,
) -> Callable[[Column], Column]:
    """A method as a column. `label`: value -> colour (success, info, warning, danger, primary)."""
    return cast(
        Callable[[Column], Column],
        display(description=description, ordering=ordering, label=label, boolean=boolean),
    )


def alarm(text: str, *, limit: int = 80) -> str:
    """Text in red, shortened; all of it in the tooltip."""
    shown = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return format_html('<span class="hub-alarm" title="{}">{}</span>', text, shown)


def shortened(text: str | None, *, limit: int = 80) -> Any:
    """Text that fits into a cell; all of it in the tooltip."""
    if not text or len(text) <= limit:
        return text or None
    return format_html('<span title="{}">{}…</span>', text, text[: limit - 1])


def titled(name: str, beneath: str = "") -> str:
    """A name with a quiet line beneath it; each in its own writing direction."""
    below = format_html('<bdi class="hub-quiet hub-small">{}</bdi>', beneath) if beneath else ""
    return format_html('<span class="hub-titled" title="{}"><bdi>{}</bdi>{}</span>', name, name, below)


def excerpt(text: str | None) -> str | None:
    """As much of a text as two lines of a wide cell hold; all of it in the tooltip."""
    return (
        format_html('<span class="hub-excerpt" title="{}"><bdi>{}</bdi></span>', text, text) if text else None
    )


def age(moment: datetime | None, now: datetime) -> str | None:
    """How long ago, or how far ahead, in one unit; the moment itself in the tooltip."""
    if moment is None:
        return None
    words = brief(moment, now)
    tooltip = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), tooltip, words)


def block(text: str) -> str:
    """Text kept as it is, lines and all."""
    return format_html('<pre class="hub-body">{}</pre>', text)


def json_block(value: object) -> str:
    return block(json.dumps(value, indent=2, ensure_ascii=False))
