"""The formats of batches, taken apart and put together without a service behind them."""

import json

import pytest
from django.http import HttpResponse
from django.utils.datastructures import CaseInsensitiveMapping
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.odata import batch_json, batch_multipart, media_types
from integrationhub.wire.odata.batch_parts import Part, Result
from integrationhub.wire.odata.batch_references import References
from integrationhub.wire.odata.errors import ODataError, translate
from integrationhub.wire.odata.part_urls import split

ROOT = "https://hub.example/acme/OData/"
MIXED = "multipart/mixed; boundary=b"
LINES = [
    "--b", "--b--", "--c", "--c--", "", " ", "GET Products HTTP/1.1", "PATCH $1", "nonsense", "Content-ID: 1",
    "Content-Type: application/http", "Content-Type: multipart/mixed; boundary=c",
    "Content-Type: multipart/x", "Content-Length: 99999", ":", "\x00", '{"a": 1}', "\u2028é",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES)), st.sampled_from(["\r\n", "\n", "\r"]))
def test_whatever_comes_as_multipart_is_parts_or_a_refusal(lines, ending):
    parts = outcome(batch_multipart.read, MIXED, ending.join(lines).encode())
    assert parts == 400 or all(part.fault or part.method.isalpha() for part in parts)


def outcome(read, *given):
    """What it returns, or the status of its refusal; None for an error that nobody foresaw."""
    try:
        return read(*given)
    except Exception as error:
        known = translate(error)
        return known and known.status


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["requests", "id", "method", "url", "headers", "body", "dependsOn", "if"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_comes_as_json_is_parts_or_a_refusal(value):
    parts = outcome(batch_json.read, json.dumps(value).encode())
    assert parts == 400 or isinstance(parts, list)


@given(st.text())
def test_no_header_is_too_odd_to_be_looked_at(text):
    media_types.parse(text)
    assert all(0 < each.quality <= 1 for each in media_types.parse_accept(text))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("Products(1)?$top=1", ("Products(1)", "$top=1")),
        ("/acme/odata/Products('a%2Fb')", ("Products('a/b')", "")),
        ("https://hub.example/acme/OData/Products", ("Products", "")),
        ("https://HUB.example:443/acme/OData/Products", ("Products", "")),
        ("/acme/OData", ("", "")),
        (" Products ", ("Products", "")),
    ],
)
def test_a_part_is_found_by_every_form_of_its_url(url, found):
    assert split(url, ROOT, {}) == found


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("https://hub.example/borealis/OData/Products", {}),
        ("/OData/Products", {}),
        ("/acme/ODataX/Products", {}),
        ("https://elsewhere.example/acme/OData/Products", {}),
        ("//elsewhere.example/acme/OData/Products", {}),
        ("ftp://hub.example/acme/OData/Products", {}),
        ("http://[", {}),
        ("Products", {"Host": "elsewhere.example"}),
        ("https://hub.example:8443/acme/OData/Products", {}),
    ],
)
def test_a_part_stays_within_the_service(url, headers):
    with pytest.raises(ODataError) as refused:
        split(url, ROOT, headers)
    assert refused.value.status == 400


def test_references_stand_for_what_was_made_or_addressed():
    references = References(ROOT)
    made = HttpResponse(status=201, headers={"Location": f"{ROOT}Products(7)"})
    references.note(Result(part("1"), made))
    references.note(Result(part("2", url="Products(8)?$select=Name"), HttpResponse()))
    references.note(Result(part("3"), HttpResponse(status=400)))
    assert references.resolve("$1/Tags?$top=1") == f"{ROOT}Products(7)/Tags?$top=1"
    assert references.resolve("$2") == "Products(8)"
    assert references.resolve("$metadata") == "$metadata"
    body = b'{"A@odata.bind": "$1", "B@odata.bind":"$9", "Text": "A@odata.bind\\": \\"$1"}'
    assert references.resolve_bindings(body) == body.replace(b'"$1",', f'"{ROOT}Products(7)",'.encode())
    with pytest.raises(ODataError) as failed:
        references.resolve("$3")
    assert failed.value.status == 424
    with pytest.raises(ODataError):
        references.check(part("4", depends_on=("3",)))


def part(identifier, *, url="Products", **more):
    return Part("POST", url, CaseInsensitiveMapping({}), id=identifier, **more)


def test_answers_of_other_kinds_travel_in_json():
    results = [
        Result(part("1"), HttpResponse(b"\xff", content_type="application/octet-stream")),
        Result(part("2", group="g"), HttpResponse("text", content_type="text/plain;charset=utf-8")),
        Result(part("3"), HttpResponse(status=204)),
    ]
    answers = json.loads(batch_json.write(results).content)["responses"]
    assert [answer.get("body") for answer in answers] == ["_w", "text", None]
    assert [answer.get("atomicityGroup") for answer in answers] == [None, "g", None]


def test_bodies_of_other_kinds_are_read_from_json():
    def read(body, content_type):
        request = {
            "id": "1",
            "method": "put",
            "url": "x",
            "body": body,
            "headers": {"CONTENT-type": content_type},
        }
        return batch_json.read(json.dumps({"requests": [request]}).encode())[0].body

    assert read("text", "text/plain") == b"text"
    assert read("_w", "application/octet-stream") == b"\xff"
    assert read("text", "application/json") == b'"text"'
    assert read({"a": 1.50}, "application/json;IEEE754Compatible=true") == b'{"a":1.5}'
    with pytest.raises(ODataError):
        read("a", "application/octet-stream")
