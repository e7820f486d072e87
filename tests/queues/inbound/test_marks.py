import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.inbound.marks import furthest, moment_of, text_of

MARKS = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
)


@pytest.mark.parametrize(
    ("marks", "last"),
    [
        ([9, 10, 1], 10),
        (["9", "10"], "10"),
        ([9.5, "10", 2], "10"),
        (["2026-01-01T12:00:00+02:00", "2026-01-01T11:00:00Z"], "2026-01-01T11:00:00Z"),
        (["2026-01-01T12:00:00", "2026-01-01T11:59:59Z"], "2026-01-01T12:00:00"),
        (["a", "b"], "b"),
        (["zzz", "2026-01-01"], "2026-01-01"),
    ],
)
def test_the_furthest_mark_is_the_last_by_value(marks, last):
    assert json.loads(furthest("", marks)) == last


def test_without_marks_what_is_held_stays():
    assert furthest("", []) == ""
    assert furthest("5", []) == "5"
    assert furthest("5", [4]) == "5"


@given(st.lists(MARKS, min_size=1), st.lists(MARKS))
def test_marks_of_any_kind_lead_to_the_same_end_page_by_page_or_at_once(first, second):
    held = furthest("", first)
    assert json.loads(held) in first
    at_once, by_page = furthest("", [*first, *second]), furthest(held, second)
    assert furthest(at_once, [json.loads(by_page)]) == at_once
    assert furthest(by_page, [json.loads(at_once)]) == by_page


def test_a_mark_is_sent_as_it_came():
    assert [text_of(mark) for mark in ("a b", 7, 1.5)] == ["a b", "7", "1.5"]


@pytest.mark.parametrize("mark", [None, 5, "5", "20260101", "soon", "0001-01-01T00:00:00+23:59"])
def test_what_names_no_moment_has_none(mark):
    assert moment_of(mark) is None


def test_a_moment_is_in_utc_unless_it_says_otherwise():
    assert moment_of("2026-01-01T12:00:00") == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert moment_of("2026-01-01T12:00:00+02:00") == datetime(2026, 1, 1, 10, tzinfo=UTC)
