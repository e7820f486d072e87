import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels import points, running, storing
from channels.models import IntegrationPoint, MessageLog
from channels.scripts import registry
from channels.scripts.contract import Direction, Script, ScriptFailed
from channels.sealing import unseal
from integrationhub.wire.webhooks import signatures
from integrations.principals import Principal, Scope
from tests.channels.points import POINTS, refused

pytestmark = pytest.mark.django_db

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@pytest.fixture
def script(monkeypatch, change):
    """Gives the channel a script that does this."""

    def give(run, *, issync=True, **opts):
        monkeypatch.setitem(registry._scripts, "mine", Script(run, Direction.RECEIVING, {}))
        return change(recv_svcscriptcode="mine", opts={"issync": issync, **opts})

    return give


def bearer(point):
    return {"HTTP_AUTHORIZATION": f"Bearer {point['token_local']}"}


def post(client, point, body=b'{"a": 1}', **extra):
    return client.post(f"/hooks/{point['token_local']}", body, content_type="application/json", **extra)


def logged():
    return MessageLog.objects.latest("id")


def test_a_hook_is_stored_and_answered_at_once(client, point):
    exec_ = client.post("/exec?a=1", b"\xff\x00 any", content_type="x/y", **bearer(point))
    assert (exec_.status_code, exec_.json()) == (200, {})
    message = logged()
    assert (message.direction, message.outcome, message.method) == ("in", "Stored", "POST")
    assert (message.size, message.peer, message.status) == (6, "127.0.0.1", 200)
    letter = unseal(message.sealed)
    assert (letter.body, letter.path, letter.query) == (b"\xff\x00 any", "/exec", "a=1")
    assert "authorization" not in str(letter.headers).lower()

    got = client.get(f"/hooks/{point['token_local']}?b=2")
    assert (got.status_code, got.json()) == (200, {})
    letter = unseal(logged().sealed)
    assert (letter.body, letter.path, letter.query) == (b"", "/hooks", "b=2")
    assert client.get("/exec", **bearer(point)).status_code == 200


def test_a_slash_at_the_end_makes_no_difference(client, point):
    assert client.post("/exec/", **bearer(point)).json() == {}
    assert unseal(logged().sealed).path == "/exec"
    assert client.post(f"/hooks/{point['token_local']}/").json() == {}
    assert unseal(logged().sealed).path == "/hooks"
    assert refused_plainly(client.post("/hooks/nothing/")) == (404, 1404)
    assert refused_plainly(client.post("/exec/")) == (401, 1407)


def count_statements(client, point):
    with CaptureQueriesContext(connection) as queries:
        assert post(client, point).json() == {}
    return len(queries)


def test_the_first_hook_looks_its_channel_up_and_every_one_is_one_statement(client, point):
    assert [count_statements(client, point) for _ in range(3)] == [2, 1, 1]


def test_a_channel_that_is_remembered_is_what_it_has_become(client, acme, point, change):
    changes = [
        ({"opts": {"ip_mask": "10.1.*"}}, 403),
        ({"opts": {"ip_mask": "10.1.*, 127.0.0.1"}}, 200),
        ({"opts": {"signature": "github", "signing_secret": "it is a secret"}}, 401),
        ({"opts": {"signature": ""}}, 200),
    ]
    assert post(client, point).status_code == 200
    for values, status in changes:
        change(**values)
        assert post(client, point).status_code == status
        assert (logged().status, logged().outcome) == (status, "Stored" if status == 200 else "Refused")
    assert MessageLog.objects.count() == 5
    acme.active = False
    acme.save()
    assert refused_plainly(post(client, point)) == (404, 1404)
    acme.active = True
    acme.save()
    assert post(client, point).status_code == 200
    IntegrationPoint.objects.all().delete()
    assert refused_plainly(post(client, point)) == (404, 1404)
    assert not MessageLog.objects.exists()


def test_a_channel_that_is_remembered_has_the_token_and_the_script_it_is_given(
    client, acme, point, change, script
):
    assert post(client, point).status_code == 200
    points.rotate_token(change(), by=Principal(None, acme, frozenset(Scope.values)), now=timezone.now())
    assert refused_plainly(post(client, point)) == (404, 1404)
    renewed = {"token_local": change().token_local}
    assert post(client, renewed).json() == {}
    script(lambda message, hub: {"ran": True}, issync=True)
    assert post(client, renewed).json() == {"ran": True}


def test_the_body_is_in_the_database_encrypted_alone(client, point):
    post(client, point, b"zanzibar")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM channels_messagelog")
        assert "zanzibar" not in str(cursor.fetchall())


def test_a_token_that_opens_nothing(client, acme, point):
    for header in (
        "Bearer " + "0" * 32,
        "Bearer x",
        "Basic eDp5",
        "Bearer ",
        "bearer \xff",
        "",
        "Bearer a.b",
    ):
        answer = client.post("/exec", b"{}", content_type="application/json", HTTP_AUTHORIZATION=header)
        assert refused_plainly(answer) == (401, 1407)
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert refused_plainly(client.post("/exec")) == (401, 1407)
    for token in ("0" * 32, "x", point["token_local"].upper(), "é", "a b"):
        assert refused_plainly(client.post(f"/hooks/{token}")) == (404, 1404)
    assert refused_plainly(client.put(f"/hooks/{point['token_local']}")) == (405, 1403)
    acme.active = False
    acme.save()
    assert refused_plainly(post(client, point)) == (404, 1404)
    assert not MessageLog.objects.exists()


def test_a_refused_hook_leaves_its_token_in_no_log(client, point, settings, caplog):
    settings.HUB_HOOK_BYTES = 1
    assert refused_plainly(post(client, point)) == (413, 1405)
    assert point["token_local"] not in caplog.text


def test_a_database_that_is_away_is_asked_again_later(client, point, monkeypatch):
    def fail(indexes):
        raise OperationalError

    monkeypatch.setattr(storing, "find_point", fail)
    assert refused_plainly(post(client, point)) == (503, 1408)


def refused_plainly(response):
    return response.status_code, response.json()["error_code"]


def test_a_body_over_the_limit_is_not_read(client, point, settings):
    settings.HUB_HOOK_BYTES = 10
    assert refused_plainly(post(client, point, b"x" * 11)) == (413, 1405)
    assert not MessageLog.objects.exists()
    assert post(client, point, b"x" * 10).status_code == 200


@pytest.mark.parametrize(
    ("masks", "address", "status"),
    [
        ("10.1.*, 192.0.2.7", "10.1.2.3", 200),
        ("10.1.*, 192.0.2.7", "192.0.2.8", 403),
        ("::ffff:0:0/96,2001:db8::/32", "2001:db8::1", 200),
    ],
)
def test_an_address_mask_lets_only_its_own_in(client, point, change, masks, address, status):
    change(opts={"ip_mask": masks})
    answer = post(client, point, REMOTE_ADDR=address)
    assert answer.status_code == status
    assert (logged().outcome, logged().status) == ("Stored" if status == 200 else "Refused", status)
    if status == 403:
        assert answer.json()["error_code"] == 1401
        assert logged().sealed == ""


def signed(body, secret=SECRET, *, message_id="msg_1", now=None):
    headers = signatures.sign(secret, message_id=message_id, body=body, now=now or timezone.now())
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers}


def test_a_signed_channel_takes_what_is_signed_and_once(client, point, change):
    change(opts={"signature": "standard", "signing_secret": SECRET})
    body, now = b'{"a": 1}', timezone.now()
    assert post(client, point, body, **signed(body)).json() == {}
    again = post(client, point, body, **signed(body))
    assert (again.status_code, again.json()) == (200, {"duplicate": True})
    assert MessageLog.objects.count() == 1
    for headers in (
        {},
        signed(b"other", message_id="m2"),
        signed(body, "whsec_" + "A" * 43 + "=", message_id="m3"),
        signed(body, message_id="m4", now=now - timedelta(minutes=6)),
        signed(body, message_id="m5", now=now + timedelta(minutes=6)),
        {**signed(body, message_id="m6"), "HTTP_WEBHOOK_ID": "m7"},
    ):
        assert refused_plainly(post(client, point, body, **headers)) == (401, 1407)
        assert (logged().outcome, logged().sealed) == ("Refused", "")
    near = signed(body, message_id="m8", now=now - timedelta(minutes=4))
    assert post(client, point, body, **near).json() == {}


def test_the_secret_before_is_good_while_one_takes_over(client, point, change):
    body, newer = b"{}", "whsec_" + base64.b64encode(b"n" * 32).decode()
    change(opts={"signature": "standard", "signing_secret": SECRET})
    change(opts={"signing_secret": newer})
    assert post(client, point, body, **signed(body, message_id="old")).status_code == 200
    assert post(client, point, body, **signed(body, newer, message_id="new")).status_code == 200
    IntegrationPoint.objects.update(
        old_signing_secret_until=timezone.now() - timedelta(seconds=1), row_version=F("row_version") + 1
    )
    assert post(client, point, body, **signed(body, message_id="late")).status_code == 401


def test_github_and_stripe_sign_in_ways_of_their_own(client, point, change):
    body, secret = b'{"zen": 1}', "it is a secret"
    change(opts={"signature": "github", "signing_secret": secret})
    github = {"HTTP_X_HUB_SIGNATURE_256": "sha256=" + hexed(secret, body), "HTTP_X_GITHUB_DELIVERY": "d-1"}
    assert post(client, point, body, **github).json() == {}
    assert post(client, point, body, **github).json() == {"duplicate": True}
    assert post(client, point, b"{}", **github).status_code == 401

    change(opts={"signature": "stripe"})
    stamp = int(timezone.now().timestamp())
    proof = hexed(secret, f"{stamp}.".encode() + body)
    for header, status in (
        (f"t={stamp},v0=x,v1={'0' * 64},v1={proof}", 200),
        (f"t={stamp},v1={'0' * 64}", 401),
        (f"t={stamp - 400},v1={hexed(secret, f'{stamp - 400}.'.encode() + body)}", 401),
        ("v1=é", 401),
    ):
        assert post(client, point, body, HTTP_STRIPE_SIGNATURE=header).status_code == status

    change(opts={"signature": "github", "signature_header": "X-Signature"})
    assert post(client, point, body, HTTP_X_SIGNATURE=hexed(secret, body).upper()).status_code == 200


def hexed(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_a_synchronous_hook_answers_what_its_script_says(client, point, script):
    script(lambda message, hub: {"said": message.json(), "to": message.channel.code, "by": message.method})
    answer = post(client, point)
    assert (answer.status_code, answer.json()) == (200, {"said": {"a": 1}, "to": "ABCDE", "by": "POST"})
    assert (logged().outcome, logged().status) == ("Done", 200)
    assert refused_plainly(post(client, point, b"no json")) == (422, 1409)
    assert (logged().outcome, logged().note, logged().status) == ("Failed", "The body is not JSON.", 422)


def test_a_script_that_crashes_or_says_nothing_readable_is_no_fault_of_the_hub(client, point, script):
    script(lambda message, hub: 1 // 0)
    assert refused_plainly(post(client, point)) == (422, 1409)
    assert logged().note == "The script crashed: ZeroDivisionError."
    script(lambda message, hub: object())
    assert refused_plainly(post(client, point)) == (422, 1409)


def test_a_script_that_takes_too_long_is_not_waited_for(client, point, script, monkeypatch):
    told = []

    def answer_late(call, seconds):
        told.append(seconds)
        raise running.TimedOut

    monkeypatch.setattr(running, "_in_time", answer_late)
    script(lambda message, hub: None)
    assert refused_plainly(post(client, point)) == (504, 1414)
    script(lambda message, hub: None, recv_timeout=60)
    post(client, point)
    assert told == [10, 60]
    assert (logged().outcome, logged().status) == ("Failed", 504)


def test_time_is_measured_for_real():
    import threading

    held = threading.Event()
    with pytest.raises(running.TimedOut):
        running._in_time(held.wait, 0.01)
    held.set()
    with pytest.raises(ScriptFailed, match="no"):
        running._in_time(_fail, 5)


def _fail():
    raise ScriptFailed("no")


def test_a_foreign_token_reaches_its_own_channel_alone(client, borealis_api, point):
    theirs = borealis_api.post_json(POINTS, {"code": "B", "type": "public", "id": point["id"]}).json()
    post(client, theirs)
    assert logged().client.code == "borealis"
    assert logged().point.code == "B"
    assert refused(borealis_api.get(f"{POINTS}/x")) == (404, 1404, None)
    assert json.loads(post(client, point).content) == {}
    assert logged().client.code == "acme"
