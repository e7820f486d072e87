"""Payload mapping."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.mapping import MappingError, as_json, check_path, compile_expression, render_body, render_path

VALUES = {
    "Id": "2024-01-02/USD",
    "Rate": Decimal("1.0956"),
    "Amount": Decimal("12345678901234567890.123456789"),
    "On": datetime(2024, 1, 2, 15, 0, tzinfo=UTC),
    "Day": date(2024, 1, 2),
    "Key": UUID(int=7),
    "Nothing": None,
}


def test_without_a_mapping_all_values_are_sent():
    assert json.loads(render_body(None, VALUES)) == {
        "Id": "2024-01-02/USD",
        "Rate": 1.0956,
        "Amount": "12345678901234567890.123456789",
        "On": "2024-01-02T15:00:00Z",
        "Day": "2024-01-02",
        "Key": "00000000-0000-0000-0000-000000000007",
        "Nothing": None,
    }


def test_a_mapping_picks_and_renames():
    assert (
        render_body("{rate: Rate, pair: join('/', ['EUR', Id])}", VALUES)
        == b'{"pair":"EUR/2024-01-02/USD","rate":1.0956}'
    )


def test_without_blanks_null_and_empty_members_are_left_out_at_any_depth():
    values = {"Id": "", "No": 0, "On": False, "Text": " ", "Nothing": None}
    assert render_body(None, values, with_blanks=False) == b'{"No":0,"On":false,"Text":" "}'
    mapping = "{a: {b: Nothing, c: No}, d: [Id, {e: Id}], f: Missing}"
    assert render_body(mapping, values, with_blanks=False) == b'{"a":{"c":0},"d":["",{}]}'


def test_the_same_values_give_the_same_bytes_in_any_order():
    assert render_body(None, VALUES) == render_body(None, dict(reversed(VALUES.items())))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_decimal_is_never_changed_on_the_way(number):
    sent = json.loads(json.dumps(as_json(number)))
    assert Decimal(str(sent)) == number


@pytest.mark.parametrize("number", ["NaN", "-NaN"])
def test_what_is_no_number_is_not_sent_as_one(number):
    assert as_json(Decimal(number)) == str(Decimal(number))


def test_placeholders_in_the_path_are_percent_encoded():
    assert render_path("/rates/{Id}?v={Day}", VALUES) == "/rates/2024-01-02%2FUSD?v=2024-01-02"


@pytest.mark.parametrize("template", ["/x/{Nothing}", "/x/{Missing}", "/x/{@}"])
def test_a_path_without_its_value_is_an_error(template):
    with pytest.raises(MappingError, match="needs a value"):
        render_path(template, VALUES)


@pytest.mark.parametrize("template", ["rates", "/a/{b", "/a/b}", "/{a b c}", "/{}"])
def test_a_malformed_path_is_refused(template):
    with pytest.raises(MappingError):
        check_path(template)


@pytest.mark.parametrize("expression", ["{a:", "[", "a b", "x" * 5000, "(" * 3000])
def test_a_malformed_mapping_is_refused(expression):
    with pytest.raises(MappingError):
        compile_expression(expression)


def test_a_mapping_that_fails_for_an_item_says_so():
    with pytest.raises(MappingError, match="fails for this item"):
        render_body("join('/', Rate)", VALUES)


@pytest.mark.parametrize(
    "expression",
    [
        "|".join(["[@,@]"] * 20),
        "|".join(["join('', [@,@])"] * 20),
        "|".join(["to_string([@,@])"] * 20),
        "|".join(["[@[],@[]][]"] * 20),
        "map(&[@,@,@,@,@,@,@,@,@], [@,@,@,@,@,@,@,@,@]) | [@,@,@,@]",
    ],
)
def test_a_mapping_that_multiplies_its_input_is_refused(expression):
    with pytest.raises(MappingError, match="repeats its input"):
        compile_expression(expression)


def test_a_mapping_of_many_members_is_not_taken_for_one_that_multiplies():
    members = ", ".join(f"m{number}: Id" for number in range(60))
    compile_expression("{" + members + "} | {all: @, some: [m1, m2]}")


def test_a_body_that_is_too_long_is_given_up():
    with pytest.raises(MappingError, match="makes more than"):
        render_body("[@, @, @, @]", {"Text": "x" * 400_000})


def test_without_a_mapping_numbers_of_any_size_are_sent():
    huge = Decimal(12345678901234567890)
    assert render_body(None, {"b": huge, "a": Decimal("-0.5")}) == b'{"a":-0.5,"b":12345678901234567890}'


def test_without_a_mapping_a_body_that_is_too_long_is_given_up_as_well():
    with pytest.raises(MappingError, match="makes more than"):
        render_body(None, {"Text": "x" * 1_100_000})


@given(
    st.dictionaries(
        st.text(max_size=3),
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.text()
        | st.datetimes(timezones=st.just(UTC)),
    )
)
def test_all_values_are_sent_as_a_mapping_of_all_would_send_them(values):
    assert render_body(None, values) == render_body("@", values)
