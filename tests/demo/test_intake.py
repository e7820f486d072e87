import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from demo.http1 import Head, HttpError, Request
from demo.intake import Place, find_place, read_key, read_payload


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/rates", Place("ExchangeRate", "")),
        ("/rates/2024-01-02/USD", Place("ExchangeRate", "2024-01-02/USD")),
        ("/payments", Place("Payment", "")),
        ("/payment-status/17", Place("PaymentStatus", "17")),
        ("/entities/Invoice", Place("Invoice", "")),
        ("/entities/Payment/17", find_place("/payments/17")),
    ],
)
def test_a_path_leads_to_an_entity_and_perhaps_one_item(path: str, place: Place):
    assert find_place(path) == place


@pytest.mark.parametrize(
    "path", ["/", "/rate", "/entities", "/entities/", "/entities/1a", "/entities/a-b", "//rates"]
)
def test_other_paths_lead_nowhere(path: str):
    with pytest.raises(HttpError, match="no such path") as caught:
        find_place(path)

    assert caught.value.answer.status == 404


@pytest.mark.parametrize("key", [None, "", " ", "a b", "a, b", "ä", "a" * 256])
def test_a_key_is_needed_and_has_to_be_visible(key: str | None):
    headers = {} if key is None else {"idempotency-key": key}

    with pytest.raises(HttpError, match="Idempotency-Key must be given once"):
        read_key(Request(Head("POST", "/rates", {}, headers), b""))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is not JSON: Expecting value: line 1 column 1"),
        (b'{"a" 1}', "the body is not JSON: Expecting ':' delimiter: line 1 column 6"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": "\xff"}', "the body is not JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "the body is not JSON"),
        (b'{"a":' * 100_000, "nested too deep"),
        (b"[]", "the body must be a JSON object"),
        (b"null", "the body must be a JSON object"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused_with_a_reason(body: bytes, reason: str):
    with pytest.raises(HttpError) as caught:
        read_payload(body)

    assert caught.value.answer.status == 400
    assert reason in str(caught.value)


@given(
    payload=st.dictionaries(
        st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())
    )
)
def test_a_json_object_is_read_as_it_was_written(payload: dict[str, object]):
    assert read_payload(json.dumps(payload).encode()) == payload


@given(body=st.binary() | st.text().map(str.encode))
def test_any_other_body_is_refused(body: bytes):
    assume(not body.strip().startswith(b"{"))

    with pytest.raises(HttpError, match="the body"):
        read_payload(body)
