"""Whatever is sent, the hub answers, in the platform's words, and never that it failed."""

import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.members import MEMBERS
from tests.channels.points import POINTS, lookup

pytestmark = pytest.mark.django_db
many = settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

texts = st.text(max_size=12) | st.sampled_from(["\0", "é", "\U0001f600", "0" * 32, "ws_hook", "*", "10.1.*"])
values = st.none() | st.booleans() | st.integers() | st.floats() | texts
jsons = st.recursive(values, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
names = st.sampled_from([member.name.split(".")[-1] for member in MEMBERS] + ["opts", "ext", "nothing"])
bodies = st.dictionaries(names, jsons | st.dictionaries(names, jsons, max_size=3), max_size=4)
headers = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)


def assert_answered(response):
    assert response.status_code < 500
    if response.status_code >= 400:
        assert 1401 <= response.json()["error_code"] <= 1414


@many
@given(
    body=bodies | jsons,
    raw=st.binary(max_size=20),
    parameters=st.dictionaries(
        st.sampled_from(["filter", "mask", "order", "offset", "limit", "flat", "x"]), texts, max_size=3
    ),
)
def test_any_body_and_any_parameter(acme_api, point, body, raw, parameters):
    sent = json.dumps(body)
    whole = {"code": "A", "type": "public", **body} if isinstance(body, dict) else body
    assert_answered(acme_api.post(POINTS, json.dumps(whole), content_type="application/json"))
    address = f"{POINTS}/{point['id']}"
    assert_answered(acme_api.patch(address, sent, content_type="application/json"))
    assert_answered(acme_api.patch(address, raw, content_type="application/json"))
    assert_answered(lookup(acme_api, body))
    assert_answered(acme_api.get(POINTS, parameters))
    assert_answered(acme_api.get(address, parameters))


@many
@given(
    token=texts,
    authorization=headers,
    signature=headers,
    raw=st.binary(max_size=40),
    scheme=st.sampled_from(["", "standard", "github", "stripe"]),
)
def test_any_token_signature_and_payload(client, point, change, token, authorization, signature, raw, scheme):
    change(opts={"signature": scheme, "signing_secret": "whsec_" + "A" * 43 + "="})
    extra = {
        f"HTTP_{name}": signature
        for name in (
            "WEBHOOK_ID",
            "WEBHOOK_TIMESTAMP",
            "WEBHOOK_SIGNATURE",
            "X_HUB_SIGNATURE_256",
            "STRIPE_SIGNATURE",
            "X_FORWARDED_FOR",
        )
    }
    caller = Client()
    for path in (f"/hooks/{point['token_local']}", "/hooks/" + token.replace("?", "").replace("#", "")):
        assert_answered_or_lost(caller.post(path, raw, content_type="x/y", **extra))
    assert_answered_or_lost(
        caller.post("/exec", raw, content_type="x", HTTP_AUTHORIZATION=authorization, **extra)
    )


def assert_answered_or_lost(response):
    """A path that names no hook is none of the platform's."""
    assert response.status_code in (200, 301, 401, 404)
