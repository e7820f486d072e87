"""What may be written down."""

from hypothesis import given
from hypothesis import strategies as st

from queues import redaction


def test_secret_headers_are_masked_and_the_others_kept():
    text = redaction.headers(
        [("Authorization", "Bearer s3cret"), ("Accept", "*/*"), ("X-Erp", "k3y"), ("X-Auth-Token", "t0ken")],
        secret_names=["x-erp"],
    )
    assert text == "Authorization: ***\nAccept: */*\nX-Erp: ***\nX-Auth-Token: ***"


def test_query_values_are_masked():
    assert redaction.url("http://erp/a?key=1234&x=5#f") == "http://erp/a?key=***&x=***"


def test_sensitive_members_are_masked_at_any_depth():
    assert (
        redaction.body(b'{"a": [{"password": "p", "b": 1}], "api_key": {"x": 1}}')
        == '{"a": [{"password": "***", "b": 1}], "api_key": "***"}'
    )


def test_what_is_not_json_is_kept_as_text():
    assert redaction.body(b"plain \xff\x00") == "plain \ufffd\ufffd"


@given(st.binary(max_size=100_000))
def test_any_body_becomes_short_text_without_nul(raw):
    text = redaction.body(raw)
    assert len(text) <= redaction.BODY_LIMIT + 1
    assert "\x00" not in text


def test_a_member_s_name_is_read_as_json_spells_it():
    assert redaction.body(rb'{"pass\u0077ord": "p"}') == '{"password": "***"}'
    assert redaction.body(b'{"amount": 1.50}') == '{"amount": 1.50}'
