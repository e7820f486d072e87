import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.oauth import GrantEnded, TokenRefused, TokenTrouble, TokenUnavailable, read_tokens
from integrationhub.wire.transport import Failure, FailureKind, Response

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = {"access_token": "a", "token_type": "Bearer"}


def answer(told, status=200, **headers):
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Response(status, headers, body, 0.1)


def read(told, status=200, **headers):
    return read_tokens(answer(told, status, **headers), NOW)


def test_all_that_a_server_tells_is_read():
    found = read(
        {**TOKEN, "refresh_token": "r", "expires_in": 60, "scope": "b c", "refresh_expires_in": "90"}
    )
    assert (found.access, found.refresh, found.scopes) == ("a", "r", ("b", "c"))
    assert (found.lifetime, found.refresh_lifetime) == (60, 90)
    assert "'a'" not in repr(found)


def test_what_is_not_told_is_not_known():
    found = read({"access_token": "a"})
    assert (found.refresh, found.lifetime, found.refresh_lifetime, found.scopes) == ("", None, None, ())


@pytest.mark.parametrize("lifetime", [0, -1, "0", None, False])
def test_a_life_of_nothing_is_one_without_an_end(lifetime):
    assert read({**TOKEN, "expires_in": lifetime}).lifetime is None


def test_old_servers_answer_with_a_form():
    assert read(b"access_token=a&token_type=bearer&expires_in=5").lifetime == 5


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("invalid_grant", GrantEnded),
        ("invalid_client", TokenRefused),
        ("unauthorized_client", TokenRefused),
        ("invalid_scope", TokenRefused),
        ("interaction_required", TokenRefused),
    ],
)
def test_a_refusal_says_why(error, kind):
    with pytest.raises(kind, match=f"{error}: Not today") as refused:
        read({"error": error, "error_description": "Not\ttoday"}, 400)
    assert type(refused.value) is kind


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_server_that_is_busy_is_asked_again(status):
    with pytest.raises(TokenUnavailable) as refused:
        read({"error": "invalid_grant"}, status, **{"retry-after": "7"})
    assert refused.value.after == 7


def test_no_answer_is_one_to_ask_again_for():
    with pytest.raises(TokenUnavailable, match="timeout: Nothing came"):
        read_tokens(Failure(FailureKind.TIMEOUT, "Nothing came", 1.0), NOW)


@pytest.mark.parametrize(
    "told",
    [
        b"", b"<html>", b"\xff", b"null", b"[]", b'"a"', b"[" * 5000, {}, {"access_token": None},
        {"access_token": ""}, {"access_token": {}}, {"access_token": "a\n"}, {"access_token": "ä"},
        {"access_token": "a" * 20_000}, {**TOKEN, "expires_in": "soon"},
        {**TOKEN, "expires_in": float("nan")},
        {**TOKEN, "scope": 5}, {**TOKEN, "refresh_token": ["r"]},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_no_token(told):
    with pytest.raises(TokenUnavailable):
        read(told)


def test_a_token_of_another_type_is_refused():
    with pytest.raises(TokenRefused):
        read({**TOKEN, "token_type": "mac"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
NAMES = st.sampled_from(
    ["access_token", "refresh_token", "expires_in", "expires_at", "scope", "token_type", "error"]
)


@given(st.dictionaries(NAMES, VALUES), st.sampled_from([200, 400, 401]))
def test_any_answer_is_a_token_or_a_reason(told, status):
    try:
        said = read(told, status).access
    except TokenTrouble as trouble:
        said = str(trouble)
    assert said
    assert said.isprintable()
