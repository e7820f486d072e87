"""Columns of lists: decorators and cells."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from django.utils.html import format_html
from unfold.decorators import display

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
        return text
    return format_html('<span title="{}">{}…</span>', text, text[: limit - 1])
