from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.transport import retry_after
from integrationhub.wire.transport.retry_after import LONGEST

NOW = datetime(1994, 11, 6, 8, 49, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 30),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 30),
        ("Sun Nov  6 08:49:37 1994", 30),
        ("Sun, 06 Nov 1994 08:49:37 -0000", 30),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("9" * 5000, LONGEST),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST),
    ],
)
def test_seconds_and_all_three_forms_of_date_are_read(value, seconds):
    assert retry_after({"retry-after": value}, NOW) == seconds


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "1.5", "1e3", "٣", "120, 120", "Sun, 99 Nov 1994 08:49:37 GMT"]
)
def test_what_cannot_be_read_asks_for_nothing(value):
    assert retry_after({"retry-after": value}, NOW) is None


def test_without_the_header_nothing_is_asked_for():
    assert retry_after({"date": "Sun, 06 Nov 1994 08:49:37 GMT"}, NOW) is None


@given(st.integers(min_value=0, max_value=300 * 86400))
def test_a_date_and_the_seconds_until_it_mean_the_same(seconds):
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert (
        retry_after({"retry-after": date}, NOW) == retry_after({"retry-after": str(seconds)}, NOW) == seconds
    )


DATE_WORDS = st.sampled_from(
    ["Sun", "Nov", "06", "1994", "08:49:37", "GMT", "+9999999", "-0000", ",", "99999999999", "a:b:c"]
)


@given(st.text() | st.lists(DATE_WORDS).map(" ".join))
def test_any_text_gives_a_bounded_wait_or_none(text):
    wait = retry_after({"retry-after": text}, NOW)

    assert wait is None or 0 <= wait <= LONGEST
