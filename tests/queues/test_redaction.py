"""What may be written down."""

import json
import re

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


WORDS = re.compile(r"passw|secret|token|api[-_]?key|authorization|credential|private", re.IGNORECASE)
LETTERS = st.sampled_from("\u0130\u0131\u017f\u212a\u0307\u00df")


@given(
    st.sampled_from(["passw", "Secret", "token", "apikey", "API-key", "api_key", "authorization", "private"]),
    st.dictionaries(st.integers(0, 12), LETTERS, max_size=3),
)
def test_no_spelling_of_a_sensitive_name_gets_through(word, odd):
    name = "".join(odd.get(place, letter) for place, letter in enumerate(word))
    if WORDS.search(name):
        masked = json.dumps({name: "***"}, ensure_ascii=False)
        assert redaction.body(json.dumps({name: "s3cret"}, ensure_ascii=False).encode()) == masked
        assert redaction.body(json.dumps({name: "s3cret"}).encode()) == masked
        assert redaction.headers([(name, "s3cret")]) == f"{name}: ***"


def test_a_body_without_sensitive_names_is_kept_to_the_letter():
    text = r'{"amount": 1.50, "path": "a\/b\\n", "amount": 2, "who": "M\u00fcller"}'
    assert redaction.body(text.encode()) == text
