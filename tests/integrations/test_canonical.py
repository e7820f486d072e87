import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.expressions.schema import Property, Schema
from integrationhub.wire.expressions.types import Scalar
from integrations.canonical import (
    Canonical,
    InvalidRecord,
    InvalidValueError,
    Shape,
    encode,
    typed,
)
from integrations.models.entities import PROPERTY_TYPES

GUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
SCHEMA = Schema(
    "Payment",
    (
        Property("Id", Scalar.INT, nullable=False),
        Property("Name", Scalar.STRING),
        Property("UpdatedOn", Scalar.DATETIME, nullable=False),
        Property("Amount", Scalar.DECIMAL),
    ),
)
SHAPE = Shape(SCHEMA, key="Id", name="Name", updated_on="UpdatedOn")
ROW = {"Id": 7, "Name": "P-7", "UpdatedOn": "2026-01-31T12:00:00Z", "Amount": "12.50"}

VALUES = {
    Scalar.STRING: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    Scalar.BOOLEAN: st.booleans(),
    Scalar.INT: st.integers(-(2**63), 2**63 - 1),
    Scalar.DECIMAL: st.decimals(-(10**29) + 1, 10**29 - 1, places=28),
    Scalar.DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    Scalar.DATETIME: st.datetimes(timezones=st.just(UTC)),
    Scalar.DATE: st.dates(),
    Scalar.GUID: st.uuids(),
}
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text()
    | st.text(st.characters(categories=["Cs"]))
    | st.datetimes()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_every_type_of_property_has_a_canonical_form():
    assert set(VALUES) == set(PROPERTY_TYPES)


def decoded(form, kind):
    return typed(Schema("E", (Property("Value", kind),)), {"Value": form})["Value"]


@given(st.sampled_from(list(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_a_value_survives_the_way_to_json_and_back(typed_value):
    kind, value = typed_value
    form = json.loads(json.dumps(encode(value, kind)))
    assert decoded(form, kind) == value
    assert encode(form, kind) == form


@given(st.sampled_from(list(VALUES)), ANYTHING)
def test_whatever_is_given_is_encoded_or_refused(kind, value):
    try:
        form = encode(value, kind)
    except InvalidValueError:
        return
    json.dumps(form, allow_nan=False).encode()
    assert encode(decoded(form, kind), kind) == form


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        (Scalar.DECIMAL, "1200.50", "1200.5"),
        (Scalar.DECIMAL, "-0.00", "0"),
        (Scalar.DECIMAL, Decimal("1E+3"), "1000"),
        (Scalar.DECIMAL, "+007", "7"),
        (Scalar.DECIMAL, 0.1, "0.1"),
        (Scalar.DECIMAL, 5, "5"),
        (Scalar.INT, "42", 42),
        (Scalar.DOUBLE, 5, 5.0),
        (Scalar.DATETIME, "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z"),
        (Scalar.DATETIME, "2026-01-31T12:00:00.1234567+02:00", "2026-01-31T10:00:00.123456Z"),
        (Scalar.DATETIME, datetime(9, 1, 1, tzinfo=UTC), "0009-01-01T00:00:00.000000Z"),
        (Scalar.DATE, date(2026, 1, 31), "2026-01-31"),
        (Scalar.GUID, GUID.upper(), GUID),
        (Scalar.GUID, UUID(GUID), GUID),
        (Scalar.STRING, "", ""),
    ],
)
def test_equal_values_have_one_form(kind, value, form):
    assert encode(value, kind) == form


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Scalar.STRING, 5),
        (Scalar.STRING, "a\0b"),
        (Scalar.STRING, "\ud800"),
        (Scalar.STRING, {"a": 1}),
        (Scalar.BOOLEAN, 1),
        (Scalar.BOOLEAN, "true"),
        (Scalar.INT, True),
        (Scalar.INT, 1.0),
        (Scalar.INT, 2**63),
        (Scalar.INT, 10**5000),
        (Scalar.INT, "9" * 5000),
        (Scalar.INT, "\N{ARABIC-INDIC DIGIT ONE}"),
        (Scalar.DECIMAL, True),
        (Scalar.DECIMAL, "1e5"),
        (Scalar.DECIMAL, "NaN"),
        (Scalar.DECIMAL, Decimal("NaN")),
        (Scalar.DECIMAL, Decimal("1E+1000000")),
        (Scalar.DECIMAL, Decimal("1E-1000000")),
        (Scalar.DECIMAL, 10**29),
        (Scalar.DECIMAL, 10**5000),
        (Scalar.DECIMAL, "0." + "0" * 28 + "1"),
        (Scalar.DECIMAL, float("inf")),
        (Scalar.DOUBLE, float("nan")),
        (Scalar.DOUBLE, 10**400),
        (Scalar.DOUBLE, "1.0"),
        (Scalar.DATETIME, "2026-01-31T12:00:00"),
        (Scalar.DATETIME, "2026-01-31"),
        (Scalar.DATETIME, datetime(2026, 1, 31)),  # noqa: DTZ001
        (Scalar.DATETIME, datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))),
        (Scalar.DATETIME, 1_700_000_000),
        (Scalar.DATE, "2026-02-30"),
        (Scalar.DATE, "20260131"),
        (Scalar.DATE, datetime(2026, 1, 31, tzinfo=UTC)),
        (Scalar.GUID, "{" + GUID + "}"),
        (Scalar.GUID, 5),
    ],
    ids=lambda part: part if isinstance(part, Scalar) else "",  # some have no text at all
)
def test_a_value_of_another_type_is_refused_without_being_repeated(kind, value):
    with pytest.raises(InvalidValueError) as refusal:
        encode(value, kind)
    assert "\ud800" not in str(refusal.value)
    assert len(str(refusal.value)) < 100


def test_a_row_gets_its_id_name_and_version_from_the_properties_that_have_these_roles():
    canonical = SHAPE.canonicalize(ROW)
    assert (canonical.item_id, canonical.item_name) == ("7", "P-7")
    assert canonical.updated_on == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert canonical.data == {
        "Id": 7,
        "Name": "P-7",
        "UpdatedOn": "2026-01-31T12:00:00.000000Z",
        "Amount": "12.5",
    }


def test_an_absent_property_is_null_and_typed_rows_have_all_properties():
    row = {name: value for name, value in ROW.items() if name != "Amount"}
    assert SHAPE.canonicalize(row).data["Amount"] is None
    assert typed(SCHEMA, {"Id": 7, "Amount": "1.5"}) == {
        "Id": 7,
        "Name": None,
        "UpdatedOn": None,
        "Amount": Decimal("1.5"),
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"Colour": "red"}, "Colour"),
        ({"amount": 1}, "amount"),
        ({"Amount": "much"}, "Amount"),
        ({"Id": None}, "Id"),
        ({"UpdatedOn": None}, "UpdatedOn"),
        ({"UpdatedOn": "yesterday"}, "UpdatedOn"),
        ({"Name": None}, "Name"),
        ({"Name": ""}, "Name"),
        ({"Name": "x" * 451}, "Name"),
        ({"Name": ["x"]}, "Name"),
    ],
)
def test_a_row_that_its_entity_does_not_allow_is_refused_by_the_name_of_the_property(change, field):
    with pytest.raises(InvalidRecord) as refusal:
        SHAPE.canonicalize({**ROW, **change})
    assert refusal.value.field == field
    assert field in refusal.value.message


@pytest.mark.parametrize("row", [None, "text", 5, ["Id"], [("Id", 7)]])
def test_what_is_no_object_is_refused_as_a_whole(row):
    with pytest.raises(InvalidRecord) as refusal:
        SHAPE.canonicalize(row)
    assert refusal.value.field is None


def test_the_name_of_an_unknown_property_cannot_break_a_message():
    with pytest.raises(InvalidRecord) as refusal:
        SHAPE.canonicalize({**ROW, "\ud800\n" + "x" * 1000: 1})
    assert refusal.value.message.isprintable()
    assert len(refusal.value.message) < 200


def test_the_digest_tells_a_changed_row_from_an_unchanged_one():
    same = SHAPE.canonicalize({**dict(reversed(ROW.items())), "Amount": Decimal("12.500")})
    assert same.digest == SHAPE.canonicalize(ROW).digest
    assert SHAPE.canonicalize({**ROW, "Amount": 13}).digest != same.digest
    assert SHAPE.canonicalize({**ROW, "Amount": None}).digest != same.digest


def test_a_property_the_entity_gains_leaves_the_digest_of_rows_without_it():
    canonical = SHAPE.canonicalize(ROW)
    grown = Canonical(
        canonical.item_id, canonical.item_name, canonical.updated_on, {**canonical.data, "New": None}
    )
    assert grown.digest == canonical.digest
    assert len(grown.digest) == 40
