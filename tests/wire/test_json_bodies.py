"""JSON request bodies: nothing in them surprises what comes after."""

import io
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from integrationhub.wire.json_bodies import DEEPEST, LARGEST, ExactJSONBodyParser, JSONBodyParser, loads
from integrationhub.wire.problems import BodyTooLarge, InvalidInput

# Neither NUL nor surrogates: those are what is refused.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


def nested(levels):
    return b"[" * levels + b"]" * levels


@settings(deadline=None)
@given(VALUES)
def test_what_json_can_say_is_read_as_json_reads_it(value):
    assert loads(json.dumps(value).encode()) == value


def test_a_byte_order_mark_is_passed_over():
    assert loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b"{", "Expecting property name enclosed in double quotes at line 1, column 2"),
        (b'{"a":\n nope}', "Expecting value at line 2, column 2"),
        (b'{"a": 1} x', "Extra data at line 1, column 10"),
        (b'"\x00"', "Invalid control character at at line 1, column 2"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        (b'"\xed\xa0\x80"', "not UTF-8 at byte 1"),
        ("{}".encode("utf-16"), "not UTF-8 at byte 0"),
        (b'{"a": 1, "b": 2, "a": 3}', "the member 'a' occurs twice in one object"),
        (b'[{"x": {"a\\u00e4": 1, "a\\u00e4": 3}}]', "the member 'a\\xe4' occurs twice in one object"),
        (b"[NaN]", "NaN is no JSON number"),
        (b"[-Infinity]", "-Infinity is no JSON number"),
        (b"[1e999]", "1e999 is out of the range of a number"),
        (b"9" * 5000, "digits"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(body, said):
    with pytest.raises(ParseError) as refusal:
        loads(body)
    assert said in str(refusal.value.detail)


def test_nesting_has_an_end():
    assert loads(nested(DEEPEST))
    for levels in (DEEPEST + 1, 1000, 1_000_000):
        with pytest.raises(ParseError, match="deeper than 64 levels"):
            loads(nested(levels))
    with pytest.raises(ParseError, match="deeper than 64 levels"):
        loads(b'{"a":' * 65 + b"1" + b"}" * 65)


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\uDFFF", "\\udc00\\ud800"])
@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('"%s"', ""),
        ('{"a": "x%s"}', "a"),
        ('{"rows": [{}, {"Name": "%sx"}]}', "rows[1].Name"),
        ('{"a": {"b%s": 1}}', "a"),
        ('[["%s"]]', "[0][0]"),
    ],
)
def test_a_nul_or_half_a_surrogate_pair_is_refused_with_its_place(body, place, escape):
    with pytest.raises(InvalidInput) as refusal:
        loads((body % escape).encode())
    assert [error.field for error in refusal.value.errors] == [place]


def test_a_whole_surrogate_pair_and_an_escaped_backslash_are_text():
    assert loads(rb'["\ud83d\ude00", "\\u0000"]') == ["\N{GRINNING FACE}", r"\u0000"]


def test_a_name_that_no_answer_could_show_is_replaced_in_the_place():
    with pytest.raises(InvalidInput) as refusal:
        loads(rb'{"a\ud800": {"b": "\u0000"}}')
    assert [error.field for error in refusal.value.errors] == ["", "a\N{REPLACEMENT CHARACTER}.b"]


def test_a_body_that_is_too_large_is_not_read():
    with pytest.raises(BodyTooLarge):
        JSONBodyParser().parse(io.BytesIO(b" " * (LARGEST + 1)))
    assert JSONBodyParser().parse(io.BytesIO(b" " * (LARGEST - 2) + b"{}")) == {}


def test_exact_numbers_keep_their_digits():
    assert ExactJSONBodyParser().parse(io.BytesIO(b"[0.10, 1e2, 3]")) == [Decimal("0.10"), Decimal("1e2"), 3]
    assert JSONBodyParser().parse(io.BytesIO(b"[0.10]")) == [0.1]
    with pytest.raises(ParseError, match="exponent"):
        ExactJSONBodyParser().parse(io.BytesIO(b"[1e99999999999999999999]"))


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_a_value_or_a_refusal(body):
    try:
        value = loads(body)
    except (ParseError, InvalidInput):
        return
    assert json.loads(body.decode("utf-8-sig")) == value
