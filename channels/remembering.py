"""Channels as this process has read them last: `row_version` tells whether one has changed since."""

from channels.models import IntegrationPoint

_MOST = 1000

_points: dict[str, IntegrationPoint] = {}


def recall(index: str) -> IntegrationPoint | None:
    return _points.get(index)


def keep(index: str, point: IntegrationPoint) -> None:
    if len(_points) >= _MOST:
        _points.clear()
    _points[index] = point
