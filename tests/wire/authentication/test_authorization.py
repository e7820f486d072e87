"""The Authorization header, taken apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrationhub.wire.authentication.authorization import MalformedAuthorizationError, Presented, parse
from tests.wire.authentication.malformed import MALFORMED, basic

WORDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60)


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_basic_is_a_name_and_a_password(scheme):
    assert parse(basic(b"user:pass").replace("Basic", scheme)) == Presented("basic", "user", "pass")


@pytest.mark.parametrize("header", ["Bearer user.pass", "bearer user.pass", "  Bearer   user.pass  "])
def test_bearer_is_a_prefix_and_a_secret(header):
    assert parse(header) == Presented("bearer", "user", "pass")


@pytest.mark.parametrize(
    "header",
    ["SOTicket 7T:user.pass", "soticket 7T:user.pass", "SoTicket  7T:user.pass", "SOTICKET user.pass"],
)
def test_a_ticket_is_a_prefix_and_a_secret_too(header):
    assert parse(header) == Presented("soticket", "user", "pass")


@settings(deadline=None)
@given(prefix=WORDS.filter(lambda word: ":" not in word), secret=WORDS)
def test_a_password_may_hold_colons(prefix, secret):
    assert parse(basic(f"{prefix}:{secret}".encode())) == Presented("basic", prefix, secret)


@settings(deadline=None)
@given(prefix=WORDS.filter(lambda word: "." not in word), secret=WORDS)
def test_a_secret_may_hold_dots(prefix, secret):
    assert parse(f"Bearer {prefix}.{secret}") == Presented("bearer", prefix, secret)


def test_there_are_forty_malformed_headers():
    assert len(MALFORMED) == 40


@pytest.mark.parametrize("header", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_header_is_refused(header):
    with pytest.raises(MalformedAuthorizationError):
        parse(header)


@settings(deadline=None)
@given(
    st.one_of(
        st.text(), st.text().map(lambda text: f"Basic {text}"), st.text().map(lambda text: f"Bearer {text}")
    )
)
def test_any_text_is_a_credential_or_refused(header):
    try:
        presented = parse(header)
    except MalformedAuthorizationError:
        return
    assert presented.prefix
    assert presented.secret


@pytest.mark.parametrize("header", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_refusal_repeats_nothing_of_what_was_sent(header):
    with pytest.raises(MalformedAuthorizationError) as refusal:
        parse(header)
    sent = [word for word in header.split() if word not in ("Basic", "Bearer") and len(word) > 3]
    assert not any(word in str(refusal.value) for word in sent)


def test_a_secret_is_not_shown_where_the_credential_is():
    assert "hunter2" not in repr(parse(basic(b"user:hunter2")))
