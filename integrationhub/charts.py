"""Drawings for pages, as numbers: templates make SVG of them, and no script is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH = 720
HEIGHT = 120
GAP = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of a bar."""

    name: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    x: float
    width: float
    total: int
    parts: list[Part]
    spoken: str


def stacked(rows: Sequence[tuple[str, Mapping[str, int]]]) -> list[Bar]:
    """One bar a row (label, name of part -> number), as high as its share of the highest."""
    highest = max((sum(numbers.values()) for _, numbers in rows), default=0)
    step = WIDTH / max(len(rows), 1)
    return [
        Bar(
            label=label,
            x=round(index * step, 1),
            width=round(step - GAP, 1),
            total=sum(numbers.values()),
            parts=_parts(numbers, highest),
            spoken=", ".join(f"{number} {name}" for name, number in numbers.items() if number) or "none",
        )
        for index, (label, numbers) in enumerate(rows)
    ]


def _parts(numbers: Mapping[str, int], highest: int) -> list[Part]:
    """From the bottom up, in the order given."""
    parts, bottom = [], float(HEIGHT)
    for name, number in numbers.items():
        if number:
            height = HEIGHT * number / highest
            bottom -= height
            parts.append(Part(name, round(bottom, 1), round(height, 1)))
    return parts
