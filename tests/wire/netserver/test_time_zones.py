from datetime import UTC, datetime

import pytest

from integrationhub.wire.netserver import time_zones

MOMENT = datetime(2026, 7, 1, 12, 30, 15, 999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("", "2026-07-01T12:30:15"),
        ("UTC", "2026-07-01T12:30:15"),
        ("1,includeTZOffset", "2026-07-01T12:30:15Z"),
        ("US-NY , INCLUDETZOFFSET", "2026-07-01T08:30:15-0400"),
        ("460", "2026-07-01T08:30:15"),
        ("no,includeTZOffset", "2026-07-01T14:30:15+0200"),
        ("Asia/Kathmandu,includeTZOffset", "2026-07-01T18:15:15+0545"),
    ],
)
def test_a_moment_is_told_in_the_zone_that_was_asked_for(header, told):
    assert time_zones.read(header).write(MOMENT) == told


@pytest.mark.parametrize("header", ["Mars", "2", "../../etc/passwd", "UTC+1", ",includeTZOffset"])
def test_an_unknown_zone_is_refused(header):
    with pytest.raises(ValueError, match="time zone"):
        time_zones.read(header)
