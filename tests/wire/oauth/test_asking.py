import base64
from dataclasses import replace
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

import pytest

from integrationhub.wire.oauth import (
    Application,
    authorization_url,
    check_endpoint,
    check_extra,
    client_credentials_request,
    code_request,
    new_verifier,
    refresh_request,
    revocation_request,
)

CALLBACK = "https://hub.example.com/oauth/callback"
HUB = Application(
    token_url="https://login.example.com/token",
    client_id="hub & co",
    secret="hush: hush",
    authorization_url="https://login.example.com/authorize?tenant=1",
    scopes=("read", "write"),
    extra={"audience": "https://api.example.com"},
)


def body_of(request):
    return dict(parse_qsl(request.body.decode(), strict_parsing=True))


def test_a_person_is_sent_with_a_challenge_that_only_the_verifier_answers():
    verifier = new_verifier()
    parts = urlsplit(authorization_url(HUB, redirect_uri=CALLBACK, state="s", verifier=verifier))
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert (parts.netloc, parts.path) == ("login.example.com", "/authorize")
    assert dict(parse_qsl(parts.query)) == {
        "tenant": "1",
        "response_type": "code",
        "client_id": "hub & co",
        "redirect_uri": CALLBACK,
        "scope": "read write",
        "state": "s",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "audience": "https://api.example.com",
    }
    assert len({new_verifier() for _ in range(20)}) == 20
    assert 43 <= len(verifier) <= 128


REQUESTS = {
    "authorization_code": lambda hub: code_request(hub, code="c", verifier="v", redirect_uri=CALLBACK),
    "refresh_token": lambda hub: refresh_request(hub, refresh_token="r"),
    "client_credentials": client_credentials_request,
}
ASKED = {
    "authorization_code": {"code": "c", "code_verifier": "v", "redirect_uri": CALLBACK},
    "refresh_token": {"refresh_token": "r"},
    "client_credentials": {"scope": "read write", "audience": "https://api.example.com"},
}


@pytest.mark.parametrize("grant", REQUESTS)
def test_the_hub_proves_who_it_is(grant):
    named = {"client_id": "hub & co"}
    asked = {"grant_type": grant, **ASKED[grant]}
    by_header, by_body, public = (
        REQUESTS[grant](hub) for hub in (HUB, replace(HUB, secret_in_body=True), replace(HUB, secret=""))
    )
    assert body_of(by_header) in (asked, asked | named)
    basic = dict(by_header.headers)["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(basic) == b"hub+%26+co:hush%3A+hush"
    assert body_of(by_body) == asked | named | {"client_secret": "hush: hush"}
    assert body_of(public) == asked | named
    assert "Authorization" not in {**dict(by_body.headers), **dict(public.headers)}
    assert (by_header.method, by_header.url) == ("POST", HUB.token_url)
    assert "hush" not in f"{by_header!r}{HUB!r}"


def test_tokens_are_given_back():
    request = revocation_request(HUB, "https://login.example.com/revoke", token="t", hint="refresh_token")
    assert body_of(request) == {"token": "t", "token_type_hint": "refresh_token"}
    assert "Authorization" in dict(request.headers)
    public = revocation_request(replace(HUB, secret=""), "https://x/", token="t", hint="access_token")
    assert body_of(public)["client_id"] == "hub & co"


@pytest.mark.parametrize(
    "url",
    ["", "login.example.com", "http://login.example.com/token", "https://u:p@x/", "https://x/#a", "ftp://x"],
)
def test_secrets_go_to_no_such_address(url):
    with pytest.raises(ValueError, match="URL"):
        check_endpoint(url)


@pytest.mark.parametrize(
    "extra",
    [
        [],
        {"state": "x"},
        {"Client_Secret": "x"},
        {"a": 1},
        {"a": ""},
        {"a": "x" * 1001},
        dict.fromkeys(map(str, range(21)), "x"),
    ],
)
def test_what_the_protocol_says_itself_is_no_extra_parameter(extra):
    with pytest.raises(ValueError, match=r"object|text|set by the hub"):
        check_extra(extra)
