import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.webhooks.signatures import (
    BadSignature,
    Scheme,
    check_secret,
    new_secret,
    sign,
    verify,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"


def check(headers, body, *secrets, now=NOW):
    return verify("standard", headers, body, secrets=secrets or [SECRET], now=now)


def test_the_example_of_the_specification():
    """Standard Webhooks publishes this secret, id, time and body with this signature."""
    headers = {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = datetime.fromtimestamp(1614265330, UTC)
    assert check(headers, b'{"test": 2432232314}', now=at) == ID


@given(st.binary(max_size=200), st.sampled_from(["a", "msg_1", "~!"]))
def test_what_is_signed_is_proven_and_nothing_else(body, message_id):
    secret = new_secret()
    headers = dict(sign(secret, message_id=message_id, body=body, now=NOW))
    assert check(headers, body, SECRET, secret) == message_id
    with pytest.raises(BadSignature):
        check(headers, body + b"x", secret)
    with pytest.raises(BadSignature):
        check(headers, body, SECRET)


@given(
    st.sampled_from([scheme for scheme in Scheme if scheme]),
    st.dictionaries(
        st.sampled_from(
            [
                "webhook-id",
                "webhook-timestamp",
                "webhook-signature",
                "x-hub-signature-256",
                "stripe-signature",
            ]
        ),
        st.text(st.characters(max_codepoint=255), max_size=60)
        | st.sampled_from(["v1,", "sha256=", "t=,v1=", "v1,é", "t=9999999999999,v1=0", "1614265330"]),
    ),
    st.binary(max_size=20),
)
def test_no_header_is_more_than_a_bad_signature(scheme, headers, body):
    with pytest.raises(BadSignature):
        verify(scheme, headers, body, secrets=[SECRET], now=NOW)


def test_times_may_differ_by_five_minutes():
    for minutes, is_good in ((-5, True), (5, True), (-5.1, False), (5.1, False)):
        headers = dict(sign(SECRET, message_id=ID, body=b"", now=NOW + timedelta(minutes=minutes)))
        if is_good:
            assert check(headers, b"") == ID
        else:
            with pytest.raises(BadSignature, match="5 minutes"):
                check(headers, b"")


def test_secrets_have_a_form():
    check_secret("standard", new_secret())
    check_secret("github", "it is secret")
    for scheme, secret in (
        ("standard", "whsec_" + base64.b64encode(b"x" * 23).decode()),
        ("standard", "whsec_" + base64.b64encode(b"x" * 65).decode()),
        ("standard", "whsec_é"),
        ("github", "short"),
    ):
        with pytest.raises(ValueError, match="secret"):
            check_secret(scheme, secret)
