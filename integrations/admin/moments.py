"""From one moment to another, as the filter of a list."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.utils import parse_datetime_str

_WHOLE_DAY = {"from": "00:00:00", "to": "23:59:59.999999"}


def moment_of(parameters: Mapping[str, Any], name: str) -> datetime | None:
    """What `<name>_0`, a day, and `<name>_1`, a time, mean: in UTC, as all moments here. None without a day.

    A day alone is from its beginning or to its end, as `name` ends with "from" or "to". Raises ValueError.
    """
    day, time = parameters.get(f"{name}_0"), parameters.get(f"{name}_1")
    if not day:
        return None
    moment: datetime | None = parse_datetime_str(f"{day} {time or _WHOLE_DAY[name.rpartition('_')[2]]}")
    if moment is None:
        raise ValueError(name)
    return moment.replace(tzinfo=UTC)


class MomentsFilter(RangeDateTimeFilter):  # type: ignore[misc]
    """Both ends are in the range. What is no moment lets nothing through, rather than everything."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.parameter_name
        try:
            first = moment_of(self.used_parameters, f"{name}_from")
            last = moment_of(self.used_parameters, f"{name}_to")
        except ValueError:
            return queryset.none()
        rows = queryset if first is None else queryset.filter(**{f"{name}__gte": first})
        return rows if last is None else rows.filter(**{f"{name}__lte": last})
