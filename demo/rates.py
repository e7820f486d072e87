"""The rates of the demo: real euro reference rates, read from the product's own copy."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ECB_RATES = Path(__file__).parent / "data" / "ecb-eurofxref-2024-2026.csv"
COLUMNS = ["Date", "Currency", "Rate"]

_PUBLISHED_AT = time(16, tzinfo=ZoneInfo("Europe/Berlin"))


class RatesFileError(ValueError):
    """The file of rates cannot be read; the message names file, line and column."""


def read_rates(path: Path = ECB_RATES) -> Iterator[dict[str, Any]]:
    """Each published rate: `{"Id": "2024-01-02/USD", "Date": "2024-01-02", "Currency": "USD",
    "Rate": Decimal("1.0956"), "PublishedOn": <that day, 16:00 in Frankfurt>}`, in the order of the file.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        if (header := next(lines, [])) != COLUMNS:
            raise RatesFileError(f"{path.name}, line 1: the columns are {header}, not {COLUMNS}")
        for line in lines:
            yield _read_rate(line, where=f"{path.name}, line {lines.line_num}")


def _read_rate(line: list[str], *, where: str) -> dict[str, Any]:
    if len(line) != len(COLUMNS):
        raise RatesFileError(f"{where}: {len(line)} columns instead of {len(COLUMNS)}")
    day, currency, rate = line
    return {
        "Id": f"{day}/{currency}",
        "Date": day,
        "Currency": currency,
        "Rate": _read_number(rate, where=where),
        "PublishedOn": datetime.combine(_read_day(day, where=where), _PUBLISHED_AT),
    }


def _read_number(text: str, *, where: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise RatesFileError(f"{where}: Rate {text!r} is not a number") from None
    if not number.is_finite() or number <= 0:
        raise RatesFileError(f"{where}: Rate {text!r} is not above zero")
    return number


def _read_day(text: str, *, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RatesFileError(f"{where}: Date {text!r} is not a day like 2024-01-02") from None
