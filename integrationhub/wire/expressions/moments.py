"""Moments and durations: UTC, whole microseconds, years 1 to 9999; a result outside is null."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal


def to_utc(value: datetime) -> datetime | None:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None


def midnight(value: date) -> datetime:
    """Give the first moment of a day; a datetime keeps its day."""
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def time_of_day(value: datetime) -> time:
    return value.time()


def fraction_of_second(value: datetime) -> Decimal:
    """Give what is beyond the whole second."""
    return Decimal(value.microsecond).scaleb(-6)


def add_months(value: datetime, months: int) -> datetime | None:
    """Move by calendar months; a day the month lacks becomes its last one."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return value.replace(year=year, month=month + 1, day=min(value.day, monthrange(year, month + 1)[1]))


def add_years(value: datetime, years: int) -> datetime | None:
    return add_months(value, 12 * years)


def span_of(unit: timedelta) -> Callable[[float], timedelta | None]:
    """Make the function that turns a number of units into a duration."""

    def span(count: float) -> timedelta | None:
        try:
            return count * unit
        except OverflowError:
            return None

    return span


def add_units(unit: timedelta) -> Callable[[datetime, float], datetime | None]:
    """Make the function that moves a moment by a number of units."""
    span = span_of(unit)

    def add(value: datetime, count: float) -> datetime | None:
        duration = span(count)
        return None if duration is None else shift(value, duration)

    return add


def total(unit: timedelta) -> Callable[[timedelta], float]:
    return lambda value: value / unit


def whole_days(value: timedelta) -> int:
    days = abs(value) // timedelta(days=1)
    return -days if value < timedelta() else days


def shift(value: datetime, duration: timedelta) -> datetime | None:
    try:
        return value + duration
    except OverflowError:
        return None


def shift_back(value: datetime, duration: timedelta) -> datetime | None:
    try:
        return value - duration
    except OverflowError:
        return None


def add_durations(left: timedelta, right: timedelta) -> timedelta | None:
    try:
        return left + right
    except OverflowError:
        return None


def subtract_durations(left: timedelta, right: timedelta) -> timedelta | None:
    try:
        return left - right
    except OverflowError:
        return None


def negate_duration(value: timedelta) -> timedelta | None:
    return subtract_durations(timedelta(), value)


def day_of_week(value: datetime) -> int:
    """Number the days from Sunday, 0, to Saturday, 6."""
    return value.isoweekday() % 7
