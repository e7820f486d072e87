"""Values on their way between Python and JSON."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire import json_bodies
from integrationhub.wire.odata import durations, etags
from integrationhub.wire.odata.decoding import WrongValueError, check_facets, decode
from integrationhub.wire.odata.edm import CollectionOf, ComplexType, EnumType, Primitive
from integrationhub.wire.odata.encoding import dumps, encoder, spell
from integrationhub.wire.odata.errors import ODataError
from integrationhub.wire.odata.registry import Property

COLOR = EnumType("Color", {"Red": 1, "Green": 2})
RIGHTS = EnumType("Rights", {"None": 0, "Read": 1, "Write": 2}, is_flags=True, stored_as_number=True)

moments = st.datetimes(timezones=st.just(UTC))
VALUES = {
    Primitive.BINARY: st.binary(max_size=40),
    Primitive.BOOLEAN: st.booleans(),
    Primitive.BYTE: st.integers(0, 255),
    Primitive.DATE: st.dates(),
    Primitive.DATE_TIME_OFFSET: moments,
    Primitive.DECIMAL: st.decimals(allow_nan=False, allow_infinity=False, places=4, max_value=10**20),
    Primitive.DOUBLE: st.floats(allow_nan=False),
    Primitive.DURATION: st.timedeltas(),
    Primitive.GUID: st.uuids(),
    Primitive.INT64: st.integers(-(2**63), 2**63 - 1),
    Primitive.STRING: st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    Primitive.TIME_OF_DAY: st.times(),
}


def written(kind, value, *, ieee754=False):
    encode = encoder(kind, ieee754=ieee754)
    return dumps({"value": encode(value) if encode else value})


@pytest.mark.parametrize("kind", VALUES, ids=str)
@given(data=st.data(), ieee754=st.booleans())
def test_what_is_written_is_read_back(kind, data, ieee754):
    value = data.draw(VALUES[kind])
    read = json_bodies.loads(written(kind, value, ieee754=ieee754), Decimal)["value"]
    assert decode(kind, read, ieee754=ieee754) == value


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Primitive.DATE_TIME_OFFSET, datetime(2026, 1, 31, 12, tzinfo=UTC), '"2026-01-31T12:00:00Z"'),
        (
            Primitive.DATE_TIME_OFFSET,
            datetime(2026, 1, 31, 12, 0, 0, 120000, tzinfo=UTC),
            '"2026-01-31T12:00:00.120000Z"',
        ),
        (Primitive.DATE, date(2026, 1, 31), '"2026-01-31"'),
        (Primitive.TIME_OF_DAY, time(7, 5), '"07:05:00"'),
        (Primitive.DURATION, timedelta(days=1, hours=2, seconds=3.5), '"P1DT2H3.5S"'),
        (Primitive.DURATION, timedelta(), '"PT0S"'),
        (Primitive.DURATION, -timedelta(minutes=90), '"-PT1H30M"'),
        (Primitive.DECIMAL, Decimal("12.50"), "12.50"),
        (Primitive.DECIMAL, Decimal("1E+3"), "1000"),
        (Primitive.INT64, 2**63 - 1, "9223372036854775807"),
        (Primitive.DOUBLE, float("inf"), '"INF"'),
        (Primitive.DOUBLE, float("-inf"), '"-INF"'),
        (Primitive.DOUBLE, float("nan"), '"NaN"'),
        (Primitive.BINARY, b"\xfb\xff", '"-_8"'),
        (Primitive.GUID, UUID(int=10), '"00000000-0000-0000-0000-00000000000a"'),
        (Primitive.STRING, None, "null"),
        (CollectionOf(Primitive.BINARY), [b"a", None], '["YQ",null]'),
        (COLOR, "Red", '"Red"'),
    ],
)
def test_the_exact_forms(kind, value, text):
    assert written(kind, value) == f'{{"value":{text}}}'.encode()


def test_large_numbers_become_texts_where_asked_for():
    assert written(Primitive.INT64, 5, ieee754=True) == b'{"value":"5"}'
    assert written(Primitive.DECIMAL, Decimal("1.10"), ieee754=True) == b'{"value":"1.10"}'
    assert written(Primitive.INT32, 5, ieee754=True) == b'{"value":5}'
    inner = ComplexType("Sum", (Property("Amount", Primitive.DECIMAL), Property("Note", Primitive.STRING)))
    value = {"Amount": Decimal("1.10"), "Note": "x"}
    assert json.loads(written(inner, value, ieee754=True))["value"] == {"Amount": "1.10", "Note": "x"}
    assert written(inner, None) == b'{"value":null}'


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (
            Primitive.DATE_TIME_OFFSET,
            "2026-01-31T12:00:00.1234567+02:00",
            datetime(2026, 1, 31, 10, 0, 0, 123456, UTC),
        ),
        (Primitive.DATE_TIME_OFFSET, "2026-01-31t12:00z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (
            Primitive.GUID,
            "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
            UUID("3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        ),
        (Primitive.BINARY, "-_8=", b"\xfb\xff"),
        (Primitive.BINARY, "+/8", b"\xfb\xff"),
        (Primitive.DOUBLE, "INF", float("inf")),
        (Primitive.DOUBLE, 3, 3.0),
        (Primitive.TIME_OF_DAY, "12:30", time(12, 30)),
        (COLOR, "Green", "Green"),
        (COLOR, 2, "Green"),
        (RIGHTS, "Read,Write", "Read,Write"),
        (RIGHTS, 3, "Read,Write"),
        (Primitive.UNTYPED, {"a": 1}, {"a": 1}),
    ],
)
def test_other_spellings_are_read(kind, value, found):
    assert decode(kind, value) == found


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Primitive.INT32, 2**31),
        (Primitive.INT32, True),
        (Primitive.INT32, Decimal("1.0")),
        (Primitive.INT32, "5"),
        (Primitive.INT64, "5"),
        (Primitive.BYTE, -1),
        (Primitive.DECIMAL, "1.5"),
        (Primitive.DECIMAL, 10**100),
        (Primitive.DECIMAL, Decimal("1E+200")),
        (Primitive.DOUBLE, "1.5"),
        (Primitive.DOUBLE, 10**400),
        (Primitive.BOOLEAN, 1),
        (Primitive.BOOLEAN, "true"),
        (Primitive.STRING, 5),
        (Primitive.GUID, "3f2504e04f8941d39a0c0305e82c3301"),
        (Primitive.DATE, "2026-02-30"),
        (Primitive.DATE, "20260131"),
        (Primitive.DATE_TIME_OFFSET, "2026-01-31T12:00:00"),
        (Primitive.DATE_TIME_OFFSET, "0001-01-01T00:00:00+14:00"),
        (Primitive.DATE_TIME_OFFSET, 5),
        (Primitive.TIME_OF_DAY, "25:00:00"),
        (Primitive.DURATION, "P"),
        (Primitive.DURATION, "PT"),
        (Primitive.DURATION, "P9999999999D"),
        (Primitive.DURATION, 5),
        (Primitive.BINARY, "a"),
        (Primitive.BINARY, "ä"),
        (COLOR, "Blue"),
        (COLOR, 7),
        (COLOR, True),
        (RIGHTS, "Read,Fly"),
        (RIGHTS, 8),
    ],
)
def test_a_value_of_another_type_is_refused_and_not_repeated(kind, value):
    with pytest.raises(WrongValueError) as refused:
        decode(kind, value)
    assert str(refused.value).startswith(("must ", "has ", "is "))
    assert not isinstance(value, str) or repr(value) not in str(refused.value)


def test_lengths_and_digits_are_checked():
    check_facets("abc", max_length=3)
    check_facets(Decimal("12.34"), precision=4, scale=2)
    for value, facets in (
        ("abcd", {"max_length": 3}),
        (b"abcd", {"max_length": 3}),
        (Decimal("1.234"), {"precision": 6, "scale": 2}),
        (Decimal(12345), {"precision": 6, "scale": 2}),
    ):
        with pytest.raises(WrongValueError):
            check_facets(value, **facets)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (5, "5"),
        ("a b", "a b"),
        (Decimal("1E+2"), "100"),
        (1.5, "1.5"),
        (float("inf"), "INF"),
        (datetime(2026, 1, 31, 14, tzinfo=timezone(timedelta(hours=2))), "2026-01-31T12:00:00Z"),
        (date(2026, 1, 31), "2026-01-31"),
        (timedelta(minutes=5), "PT5M"),
        (b"a", "YQ"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_plain_texts(value, text):
    assert spell(value) == text


def test_every_duration_has_one_text():
    assert durations.parse("P1DT24H") == timedelta(days=2)
    assert durations.spell(durations.parse("PT3600S")) == "PT1H"


def test_entity_tags_are_compared_as_versions():
    tag = etags.etag_of(3)
    assert tag == 'W/"3"'
    for wanted in (tag, '"3"', '"1", W/"3"', "*"):
        etags.check({"If-Match": wanted}, 3)
        assert etags.is_known({"If-None-Match": wanted}, 3)
        with pytest.raises(ODataError):
            etags.check({"If-None-Match": wanted}, 3)
    etags.check({}, 3)
    etags.check({"If-None-Match": "*"}, None)
    assert not etags.is_known({"If-None-Match": tag}, 4)
    for headers, version, status in (
        ({"If-Match": tag}, 4, 412),
        ({"If-Match": "*"}, None, 412),
        ({"If-Match": "3"}, 3, 400),
    ):
        with pytest.raises(ODataError) as refused:
            etags.check(headers, version)
        assert refused.value.status == status
