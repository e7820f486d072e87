"""The action http.send, without a network."""

import base64
from datetime import UTC, datetime

import pytest

from integrationhub.wire.expressions.schema import Property, Schema
from integrationhub.wire.expressions.types import Scalar
from integrationhub.wire.transport import Failure, FailureKind, Response
from integrations.errors import Refused
from integrations.models import ClientIntegration, System
from integrations.sources import SourceRow
from queues.handlers import SignIn, Terms, Work
from queues.http_send import HttpSend, _letterhead
from queues.outcomes import Done, Permanent, Retry

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA = Schema("Payment", (Property("Id", Scalar.STRING), Property("Amount", Scalar.DECIMAL)))
ROW = SourceRow("p/1", "Payment 1", NOW, SCHEMA, {"Id": "p/1", "Amount": "10.5"})
handler = HttpSend()


def work(configuration=None, sign_in=None, base_url="https://erp.example.com/api/"):
    terms = Terms(
        configuration or {"path": "/payments"},
        System(base_url=base_url),
        sign_in or SignIn("none"),
        ClientIntegration(),
    )
    return Work("7-1", ROW, terms)


def answer(status, body=b"", **headers):
    return Response(status=status, headers=headers, body=body, elapsed=0.01, truncated=False)


def conclude(reply):
    job = work(sign_in=SignIn("bearer", secret="s3cret"))
    return handler.conclude(job, handler.prepare(job), reply, NOW)


def test_the_request_carries_the_key_and_the_mapped_body():
    request = handler.prepare(
        work({"path": "/payments/{Id}", "method": "PUT", "body": "{amount: Amount}"})
    ).request
    assert (request.method, request.url) == ("PUT", "https://erp.example.com/api/payments/p%2F1")
    assert request.body == b'{"amount":10.5}'
    assert ("Idempotency-Key", "7-1") in request.headers


@pytest.mark.parametrize(
    ("sign_in", "header"),
    [
        (SignIn("basic", "u", "", "p:w"), ("Authorization", "Basic " + base64.b64encode(b"u:p:w").decode())),
        (SignIn("bearer", "", "", "t"), ("Authorization", "Bearer t")),
        (SignIn("api_key", "", "X-Key", "k"), ("X-Key", "k")),
    ],
)
def test_each_scheme_signs_in_its_own_way(sign_in, header):
    assert header in handler.prepare(work(sign_in=sign_in)).request.headers


def test_the_fingerprint_follows_the_content_and_not_the_secret():
    plain, signed = handler.prepare(work()), handler.prepare(work(sign_in=SignIn("bearer", secret="t")))
    assert plain.fingerprint == signed.fingerprint
    assert plain.fingerprint != handler.prepare(work({"path": "/payments", "body": "Id"})).fingerprint


def test_two_hundreds_are_done():
    assert isinstance(conclude(answer(201)), Done)


@pytest.mark.parametrize("status", [401, 407, 408, 409, 425, 429, 500, 502, 503, 504])
def test_passing_troubles_are_retried(status):
    assert isinstance(conclude(answer(status)), Retry)


@pytest.mark.parametrize("status", [301, 302, 400, 403, 404, 410, 413, 422])
def test_refusals_are_permanent(status):
    assert isinstance(conclude(answer(status)), Permanent)


def test_retry_after_is_passed_on():
    assert conclude(answer(429, **{"retry-after": "7"})).after == 7


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"message": "Account closed"}', "Account closed"),
        (b'{"error": {"code": "x", "message": "Nested"}}', "Nested"),
        (b"plain text", "plain text"),
        (b"", "no reason given"),
        (b"{}", "no reason given"),
        (b"[" * 100_000, "[" * 500),
    ],
)
def test_the_reason_is_the_other_sides_own_words(body, reason):
    assert conclude(answer(422, body)).message == f"422: {reason}"


@pytest.mark.parametrize("kind", list(FailureKind))
def test_failures_without_an_answer_are_retried_unless_hopeless(kind):
    outcome = conclude(Failure(kind, "why", 0.1))
    hopeless = kind in (FailureKind.REFUSED, FailureKind.INVALID)
    assert isinstance(outcome, Permanent if hopeless else Retry)
    assert outcome.message == f"{kind}: why"


def test_what_all_items_have_in_common_is_worked_out_once():
    terms = work(sign_in=SignIn("bearer", secret="s3cret")).terms
    asked = []

    def make(of):
        asked.append(of)
        return len(asked)

    assert [terms.once(make), terms.once(make)] == [1, 1]
    assert asked == [terms]
    assert "s3cret" not in repr(terms.once(_letterhead))


def test_no_secret_is_written_down():
    exchange = conclude(answer(200, b'{"token": "s3cret"}', authorization="s3cret")).exchange
    assert "s3cret" not in exchange.request + exchange.response
    assert "7-1" in exchange.request


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"path": "no-slash"},
        {"path": "/x", "method": "BREW"},
        {"path": "/x", "body": "{a:"},
        {"path": "/x", "headers": {"A": 1}},
        {"path": "/x", "headers": {"Idempotency-Key": "1-1"}},
        {"path": "/x", "headers": {"AUTHORIZATION": "Bearer x"}},
        {"path": "/x", "headers": {"X": "a\r\nHost: b"}},
        {"path": "/x", "headers": {"Content-Length": "0"}},
        {"path": "/x", "unknown": 1},
        {"path": "/x", "deadline": 31},
        {"path": "/{a"},
    ],
)
def test_a_configuration_that_cannot_work_is_refused(configuration):
    with pytest.raises(Refused) as refused:
        handler.check(configuration)
    assert refused.value.field == "configuration"


def test_an_item_that_cannot_be_rendered_fails_for_good():
    assert isinstance(handler.prepare(work({"path": "/x/{Missing}"})), Permanent)


def test_an_address_that_cannot_be_called_fails_for_good():
    assert isinstance(handler.prepare(work(base_url="ftp://erp")), Permanent)
