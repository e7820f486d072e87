"""From a record to an answer, over real HTTP: the action http.send in the hands of a drain."""

import json

import pytest
from django.db import connection
from django.utils import timezone

from integrationhub.wire.transport import permission
from integrations.models import System
from queues import draining, ticking
from queues.models import ActionAttempt, IntegrationQueue
from queues.states import State
from tests.cast import make_action, make_activation, make_integration, make_system, store_payments
from tests.queues.engine import item
from tests.wire.transport.receiver import Receiver, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver():
    with running(Receiver()) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_call_waits_inside_a_transaction(monkeypatch):
    def check():
        assert not connection.in_atomic_block

    monkeypatch.setattr(permission, "before_dial", check)


@pytest.fixture
def deliver(receiver, settings, acme, payment):
    """Exports `count` payments to a path of the receiver, and drains."""

    def run(path, *, count=1, allow=("127.0.0.0/8",), **fields):
        settings.HUB_OUTBOUND_ALLOW = list(allow)
        now = timezone.now()
        system = make_system(
            base_url=receiver.url(""), authentication=System.Authentication.BEARER, secret="s3cret", **fields
        )
        integration = make_integration(
            payment,
            now=now,
            system=system,
            action=make_action(configuration={"path": path, "body": "{number: Number, amount: Amount}"}),
            backoff=[1000],
        )
        make_activation(acme, integration, now=now)
        store_payments(acme, payment, count, now=now)
        ticking.tick(now)
        return draining.drain(seconds=10, wait=False)

    return run


def test_a_payment_arrives_with_its_key_its_credentials_and_its_mapped_body(deliver, receiver):
    assert deliver("/status/201") == 1
    (call,) = receiver.calls
    row = item("P-1")
    assert row.state == State.SUCCEEDED
    assert call.values("Idempotency-Key") == [f"{row.pk}-1"]
    assert call.values("Authorization") == ["Bearer s3cret"]
    assert json.loads(call.body) == {"number": "P-1", "amount": 100}


def test_the_exchange_is_kept_without_the_secret(deliver):
    deliver("/status/201")
    body = ActionAttempt.objects.get().body
    assert "Authorization: ***" in body.request
    assert '"number":"P-1"' in body.request
    assert body.response.startswith("201\n")
    assert "s3cret" not in body.request + body.response


def test_many_payments_arrive_once_each(deliver, receiver):
    assert deliver("/status/200", count=150) == 150
    assert len(receiver.calls) == 150
    assert len({call.values("Idempotency-Key")[0] for call in receiver.calls}) == 150


@pytest.mark.parametrize(
    ("path", "state", "message"),
    [
        ("/status/503", State.RETRYING, "503: as asked"),
        ("/status/422", State.DEAD_LETTER, "422: as asked"),
        ("/redirect/302", State.DEAD_LETTER, "302: "),
        ("/cut", State.RETRYING, "cut: "),
    ],
)
def test_what_fails_is_retried_or_dead_with_the_reason(deliver, path, state, message):
    deliver(path)
    assert item("P-1").state == state
    assert item("P-1").message.startswith(message)
    assert item("P-1").attempt == 1


def test_an_address_that_staff_did_not_allow_is_never_dialled(deliver, receiver):
    deliver("/status/200", allow=())
    row = IntegrationQueue.objects.get()
    assert (row.state, receiver.connections) == (State.DEAD_LETTER, 0)
    assert row.message.startswith("refused: ")
