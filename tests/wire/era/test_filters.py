import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.era.filters import Field, FilterError, FilterReader
from integrationhub.wire.expressions.predicate import compile_predicate
from integrationhub.wire.expressions.types import Scalar

NOW = datetime(2026, 3, 2, tzinfo=UTC)
READER = FilterReader(
    "point",
    [
        Field("code", "code", Scalar.STRING),
        Field("opts.issync", "issync", Scalar.BOOLEAN),
        Field("size", "size", Scalar.INT),
        Field("token", "token_index", Scalar.STRING, encode=lambda text: [f"1{text}", f"2{text}"]),
    ],
)
ROW = {"code": "abc", "issync": False, "size": 5, "token_index": "2secret"}
NAMED = {"code": '["property", "code"]', "size": '["property", "size"]', "token": '["property", "token"]'}

values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
nodes = st.recursive(
    values | st.sampled_from(["==", "&&", "not", "in", "like", "between", "property", "code", "size"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


def holds(text):
    return compile_predicate(READER.read(text))(ROW, NOW)


def assert_read_or_refused(text):
    """Any other error would be a 500; what was read can be asked of any row."""
    refusal = None
    try:
        tree = READER.read(text)
    except FilterError as error:
        refusal = str(error)
    assert refusal or compile_predicate(tree)(ROW, NOW) in (True, False)


@given(nodes)
def test_whatever_is_sent_is_read_or_refused(node):
    assert_read_or_refused(json.dumps(node))


@given(st.text(max_size=40))
def test_no_text_is_more_than_refused(text):
    assert_read_or_refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"code": "abc", "opts": {"issync": false}}',
        f'["==", {NAMED["code"]}, "abc"]',
        f'["in", {NAMED["size"]}, [4, 5]]',
        f'["between", {NAMED["size"]}, 5, 6]',
        f'["like", {NAMED["code"]}, "%b%"]',
        f'["like", {NAMED["code"]}, "a%"]',
        f'["like", {NAMED["code"]}, "%c"]',
        f'["like", {NAMED["code"]}, "abc"]',
        f'["like", {NAMED["code"]}, "%"]',
        f'["==", {NAMED["token"]}, "secret"]',
        f'["!=", {NAMED["token"]}, "other"]',
        f'["in", {NAMED["token"]}, ["x", "secret"]]',
        f'["!", ["==", {NAMED["size"]}, 6]]',
        f'["&&", ["&&", ["<", {NAMED["size"]}, 6]], ["==", {NAMED["code"]}, "abc"]]',
        f'["||", ["==", {NAMED["size"]}, 1], [">=", {NAMED["size"]}, 5]]',
        f'["!=", {NAMED["code"]}, null]',
    ],
)
def test_what_holds(text):
    assert holds(text)
    assert not holds(json.dumps(["not", json.loads(text)]) if text.startswith("[") else '{"code": "x"}')


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "A condition is"),
        ('["&&"]', "joins 1 to"),
        (f'["==", {NAMED["size"]}, 99999999999999999999]', "a whole number"),
        (f'["==", {NAMED["size"]}, true]', "a whole number"),
        (f'["<", {NAMED["code"]}, null]', "cannot be compared"),
        (f'["in", {NAMED["code"]}, []]', "a list of 1"),
        (f'["in", {NAMED["code"]}, "abc"]', "a list of 1"),
        (f'["==", {NAMED["token"]}, null]', "a text"),
        ('["==", ["property", 3], "a"]', "begins with"),
        ('["==", ["property", "code"]]', "takes 2 operands"),
        ("NaN", "cannot be read|can be read"),
        (" " * 8001, "more than 8000"),
    ],
)
def test_what_is_refused(text, reason):
    with pytest.raises(FilterError, match=reason):
        READER.read(text)
