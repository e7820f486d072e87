import json
from datetime import timedelta

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone

from channels import health, outbox, receiving
from channels.models import IntegrationPoint, MessageLog, SendingState
from channels.scripts import registry
from integrationhub.wire.webhooks import signatures
from integrations.models import AuditEntry, ClientIntegration, Integration, Record
from queues import draining, handling, ticking
from queues.models import ActionAttempt, Breaker, IntegrationQueue
from queues.states import State
from tests.cast import make_action, make_activation, make_integration, make_principal, store_payments

pytestmark = pytest.mark.django_db


@pytest.fixture
def sends(change, receiver):
    """Makes the channel send by a script to a path of the receiver."""

    def set_up(code="send_to_web", path="/status/200", **values):
        return change(send_svcscriptcode=code, url=receiver.url(path), **values)

    return set_up


def post(point, body=None, key="m-1"):
    outbox.post(point, {"text": "hello"} if body is None else body, key=key, now=timezone.now())


def drain():
    return draining.drain(seconds=10, wait=False)


def item():
    return IntegrationQueue.objects.get()


def try_again():
    """Whatever waits is due now."""
    IntegrationQueue.objects.exclude(due_at=None).update(due_at=timezone.now() - timedelta(seconds=1))
    return drain()


def test_a_message_arrives_once_with_its_token_and_its_key(sends, receiver):
    point = sends(token_remote="00ea293c29f9dc30")
    post(point)
    post(point)
    assert drain() == 1
    (call,) = receiver.calls
    assert json.loads(call.body) == {"text": "hello"}
    assert call.values("Authorization") == ["Bearer 00ea293c29f9dc30"]
    assert call.values("Idempotency-Key") == [item().idempotency_key]
    assert item().state == State.SUCCEEDED
    message = MessageLog.objects.get()
    assert (message.direction, message.outcome, message.status, message.peer) == (
        "out",
        "Done",
        200,
        "127.0.0.1",
    )
    assert (message.item, message.size, message.attempts) == (item(), len(call.body), 1)
    sent = ActionAttempt.objects.get().body
    assert "00ea293c29f9dc30" not in sent.request + sent.response


def test_a_signed_message_is_signed_with_every_secret_in_force(sends, receiver):
    point = sends("send_signed", opts={"signing_secret": signatures.new_secret()})
    point = sends("send_signed", opts={"signing_secret": signatures.new_secret()})
    post(point)
    drain()
    (call,) = receiver.calls
    headers = {name.lower(): value for name, value in call.headers}
    assert len(headers["webhook-signature"].split()) == 2
    for secret in receiving._secrets(point, timezone.now()):
        assert secret
        proven = signatures.verify("standard", headers, call.body, secrets=[secret], now=timezone.now())
        assert proven == item().idempotency_key


def test_telegram_gets_a_chat_and_a_text_and_its_token_is_not_written_down(sends, receiver):
    point = sends("send_telegram", "/echo", token_remote="123:ABC-secret", token_remote2="42")
    post(point)
    post(point, {"chat_id": 7, "amount": 5}, key="m-2")
    drain()
    calls = {json.loads(call.body)["chat_id"]: call for call in receiver.calls}
    assert json.loads(calls["42"].body) == {"chat_id": "42", "text": "hello"}
    assert json.loads(json.loads(calls[7].body)["text"]) == {"amount": 5, "chat_id": 7}
    assert {call.path for call in receiver.calls} == {"/echo/bot123:ABC-secret/sendMessage"}
    for attempt in ActionAttempt.objects.all():
        assert "ABC-secret" not in attempt.body.request + attempt.body.response + attempt.message
        assert "/bot***/sendMessage" in attempt.body.request


def test_a_mail_goes_to_the_address_of_the_channel(change, settings):
    settings.EMAIL_HOST = "mail.example.com"
    parameters = {"subject": "Paid", "text": "join(' ', [text, 'world'])"}
    point = change(
        send_svcscriptcode="send_email", url="mailto:ops@example.com", opts={"send_parameters": parameters}
    )
    post(point)
    assert drain() == 1
    (sent,) = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["ops@example.com"], "Paid", "hello world")
    assert item().state == State.SUCCEEDED
    assert MessageLog.objects.get().peer == "example.com"
    settings.EMAIL_HOST = ""
    post(point, key="m-2")
    drain()
    dead = IntegrationQueue.objects.get(state=State.DEAD_LETTER)
    assert dead.message == "No mail server is set: HUB_EMAIL_URL."


def test_what_fails_is_retried_and_then_a_dead_letter_that_can_be_replayed(sends, receiver, as_staff):
    post(sends(path="/status/503"))
    drain()
    assert (item().state, item().attempt, item().message) == (State.RETRYING, 1, "503: as asked")
    assert (MessageLog.objects.get().outcome, MessageLog.objects.get().status) == ("Retrying", 503)
    for _ in range(6):
        SendingState.objects.update(open_until=None)
        try_again()
    assert item().state == State.DEAD_LETTER
    assert MessageLog.objects.get().attempts == 7
    sends(path="/status/200")
    SendingState.objects.update(open_until=None)
    handling.reopen(item(), by=as_staff, now=timezone.now())
    try_again()
    assert item().state == State.SUCCEEDED
    assert MessageLog.objects.get().outcome == "Done"
    assert not SendingState.objects.exclude(failing_since=None).exists()


@pytest.mark.parametrize("status", [401, 503])
def test_a_channel_that_does_not_answer_or_let_us_in_is_left_alone_and_no_other(
    status, sends, receiver, acme_api
):
    point = sends(path=f"/status/{status}")
    other = acme_api.post_json(
        "/rest/v1/service/integration_points",
        {
            "code": "well",
            "type": "public",
            "send_svcscriptcode": "send_to_web",
            "url": receiver.url("/status/200"),
        },
    )
    assert other.status_code == 200
    for number in range(5):
        post(point, key=f"m-{number}")
    drain()
    assert SendingState.objects.get().open_until > timezone.now()
    assert not Breaker.objects.exists()
    asked = len(receiver.calls)
    try_again()
    assert len(receiver.calls) == asked
    assert set(IntegrationQueue.objects.values_list("attempt", flat=True)) == {1}
    post(IntegrationPoint.objects.get(code="well"), key="w-1")
    drain()
    assert len(receiver.calls) == asked + 1


def test_gone_switches_the_channel_s_sending_off_and_nothing_else(sends, receiver, as_staff, settings):
    settings.EMAIL_HOST = "mail.example.com"
    as_staff.user.email = "staff@example.com"
    as_staff.user.save()
    point = sends(path="/status/410")
    post(point)
    drain()
    assert item().state == State.DEAD_LETTER
    state = SendingState.objects.get()
    assert state.off_on is not None
    assert state.off_reason == "410: as asked"
    assert ClientIntegration.objects.get().runnable
    assert AuditEntry.objects.get(act="channel sending given up").client == point.client
    assert mail.outbox[0].bcc == ["staff@example.com"]

    sends(path="/status/200")
    post(point, key="m-2")
    drain()
    waiting = IntegrationQueue.objects.get(item_id="m-2")
    assert (waiting.state, waiting.attempt) == (State.PENDING, 0)
    assert waiting.message.startswith("Sending is off since ")
    assert len(receiver.calls) == 1
    health.switch_on(point, by=as_staff, now=timezone.now())
    try_again()
    assert IntegrationQueue.objects.get(item_id="m-2").state == State.SUCCEEDED


def test_five_days_of_failures_switch_it_off_and_one_success_in_between_does_not(sends, receiver):
    point = sends()
    now = timezone.now()

    def fail(days):
        health.note_failure(point, now=now + timedelta(days=days), gone=False, answered=True, reason="500")
        return SendingState.objects.get().off_on

    assert fail(0) is fail(4) is None
    health.note_success(point)
    assert fail(5) is fail(9.9) is None
    assert fail(10) == now + timedelta(days=10)
    assert fail(11) == now + timedelta(days=10)
    assert AuditEntry.objects.filter(act="channel sending given up").count() == 1


def test_a_rate_lets_so_many_through_in_a_minute(sends, receiver):
    point = sends(opts={"send_rate": 2})
    for number in range(3):
        post(point, key=f"m-{number}")
    drain()
    assert len(receiver.calls) == 2
    waiting = IntegrationQueue.objects.get(state=State.PENDING)
    assert waiting.attempt == 0
    assert "2 messages a minute" in waiting.message
    SendingState.objects.update(counted_from=F("counted_from") - timedelta(minutes=1))
    try_again()
    assert len(receiver.calls) == 3


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"send_svcscriptcode": ""}, "The channel names no script to send with."),
        ({"send_svcscriptcode": "send_to_web", "url": ""}, "The channel has no url to send to."),
        ({"send_svcscriptcode": "send_signed"}, "The channel has no signing secret."),
        ({"send_svcscriptcode": "send_telegram"}, "Telegram needs a bot's token"),
    ],
)
def test_a_channel_that_cannot_send_says_so_in_a_dead_letter(change, values, message):
    post(change(**values))
    drain()
    assert item().state == State.DEAD_LETTER
    assert item().message.startswith(message)
    assert MessageLog.objects.get().outcome == "Failed"


def test_a_script_that_is_gone_is_a_dead_letter(sends, monkeypatch):
    point = sends()
    monkeypatch.delitem(registry._scripts, "send_to_web")
    post(point)
    drain()
    assert (item().state, item().message) == (State.DEAD_LETTER, "The script send_to_web is not installed.")


def test_any_integration_may_send_its_items_through_a_channel(sends, receiver, acme, payment, now):
    sends(token_remote="00ea293c29f9dc30")
    action = make_action(
        name="To the channel",
        handler="channel.send",
        configuration={"channel": "ABCDE", "body": "{n: Number}"},
    )
    used = make_activation(acme, make_integration(payment, now=now, action=action), now=now)
    store_payments(acme, payment, 2, now=timezone.now())
    ticking.tick(timezone.now())
    drain()
    assert sorted(json.loads(call.body)["n"] for call in receiver.calls) == ["P-1", "P-2"]
    assert IntegrationQueue.objects.filter(client_integration=used, state=State.SUCCEEDED).count() == 2


def test_another_client_s_channel_is_none(sends, receiver, borealis, payment, now):
    sends()
    assert outbox.find_point(borealis.pk, "ABCDE") is None
    assert outbox.find_point(borealis.pk, str(IntegrationPoint.objects.get().point_id)) is None
    action = make_action(name="Away", handler="channel.send", configuration={"channel": "ABCDE"})
    make_activation(borealis, make_integration(payment, now=now, action=action), now=now)
    store_payments(borealis, payment, 1, now=timezone.now())
    ticking.tick(timezone.now())
    drain()
    assert item().message == "There is no channel 'ABCDE', or more than one."
    assert receiver.calls == []


def test_what_sends_is_set_up_once_for_all(sends, borealis):
    point = sends()
    post(point)
    post(point, key="m-2")
    assert Integration.objects.filter(name=outbox.NAME).count() == 1
    assert ClientIntegration.objects.count() == 1
    assert Record.objects.count() == 2
    outbox.activation_for(borealis, now=timezone.now())
    assert ClientIntegration.objects.count() == 2
    assert not Record.objects.visible_to(make_principal(borealis)).exists()
