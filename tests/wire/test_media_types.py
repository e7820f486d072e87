import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire import media_types

OFFERED = ["application/json", "text/json", "application/xml"]


@pytest.mark.parametrize(
    ("accept", "sent", "chosen"),
    [
        ("", "", "application/json"),
        ("", "application/xml", "application/xml"),
        ("image/png", "application/xml", "application/xml"),
        ("*/*", "text/json", "text/json"),
        ("*/*;q=0.1, text/json;q=0.05", "", "application/json"),
        ("text/json;q=0.5, */*;q=0.4", "application/xml", "text/json"),
        ("application/*", "", "application/json"),
        ("application/*, application/xml", "", "application/xml"),
        ("application/json;q=0, application/*", "", "application/xml"),
        ("application/xml;q=2", "", "application/xml"),
    ],
)
def test_the_best_that_is_offered_is_chosen(accept, sent, chosen):
    assert media_types.choose(accept, OFFERED, sent=sent) == chosen


@given(st.text(alphabet="aplicton/jsxm*;q=,. 01\x00é", max_size=60), st.text(max_size=20))
def test_no_header_is_too_strange(accept, sent):
    assert media_types.choose(accept, OFFERED, sent=sent) in OFFERED


@pytest.mark.parametrize(
    ("header", "wished"),
    [
        ("sv;q=0.1, DE;q=0.9, en", ["en", "de", "sv"]),
        ("en;q=0, sv", ["sv"]),
        ("*;q=0.5,sv-SE ; q=0.8", ["sv-se", "*"]),
        ("a, b", ["a", "b"]),
        (",; ,", []),
        ("", []),
    ],
)
def test_wishes_are_in_the_order_of_their_weights(header, wished):
    assert media_types.preferred(header) == wished
