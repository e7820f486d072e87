from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.netserver import timespans

SECONDS = st.integers(0, 86_400)


@given(SECONDS)
def test_what_is_written_is_read_again(seconds):
    span = timedelta(seconds=seconds)
    assert timespans.read(timespans.write(span)) == span


@given(SECONDS)
def test_every_spelling_means_the_same(seconds):
    days, rest = divmod(seconds, 86_400)
    clock = f"{days}.{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    for text in (clock, f" {clock}.0000000", f"PT{seconds}S", f"pt{seconds // 60}m{seconds % 60}s"):
        assert timespans.read(text) == timedelta(seconds=seconds)


def test_fractions_are_read_to_the_microsecond():
    assert (
        timespans.read("00:00:01.25") == timespans.read("PT1.25S") == timedelta(seconds=1, milliseconds=250)
    )
    assert timespans.read("00:00:00.0000005") == timedelta()
    assert timespans.write(timedelta(seconds=1, milliseconds=250)) == "00:00:01"


@given(st.text(max_size=20))
def test_other_texts_are_no_spans(text):
    with suppress(ValueError):
        assert timespans.read(text) >= timedelta()


@pytest.mark.parametrize(
    "text", ["", "5", "PT", "P", "00:60:00", "00:00:60", "-00:05:00", "1:2:3:4", "\u0660:00:00"]
)
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError, match=r"span of time|59"):
        timespans.read(text)
