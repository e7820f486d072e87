"""What a bench found, for people and as JSON."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone


@dataclass
class Report:
    """`rows` share their keys, which head the columns; a value of None is shown as a dash."""

    title: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        return json.dumps(
            {"title": self.title, "machine": describe_machine(), "rows": self.rows, "notes": self.notes},
            indent=1,
        )

    def as_text(self) -> str:
        machine = ", ".join(f"{name} {value}" for name, value in describe_machine().items())
        return "\n".join([self.title, machine, *lay_out(self.rows), *self.notes])


def lay_out(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for each row under a heading, numbers to the right."""
    if not rows:
        return []
    heads = list(rows[0])
    cells = [[show(row[head]) for head in heads] for row in rows]
    widths = [max(len(line[n]) for line in [heads, *cells]) for n in range(len(heads))]
    right = [all(isinstance(row[head], int | float | None) for row in rows) for head in heads]
    return [
        "  ".join(
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in [heads, *cells]
    ]


def show(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def describe_machine() -> dict[str, Any]:
    """The load average stands beside every figure: on a shared machine it is half of the answer."""
    return {
        "date": f"{timezone.now():%Y-%m-%d %H:%M} UTC",
        "cores": os.cpu_count(),
        "load": "/".join(f"{load:.1f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        "database": f"{connection.vendor} {_version()}",
    }


def _version() -> str:
    connection.ensure_connection()
    return ".".join(map(str, connection.get_database_version()))
