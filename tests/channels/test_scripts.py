import importlib
import json
import sys
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from channels import tasks, waking, working
from channels.abilities import Abilities
from channels.models import IntegrationPoint, MessageLog
from channels.running import BACKOFF
from channels.scripts import registry
from channels.scripts.contract import Direction, Request, Response, Script, ScriptFailed
from integrations.models import Record
from queues import draining
from queues.models import IntegrationQueue
from queues.states import State
from tests.cast import make_action, make_activation, make_integration
from tests.channels.points import POINTS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """How often a worker was called."""
    calls = []
    monkeypatch.setattr(waking, "async_task", calls.append)
    monkeypatch.setattr(waking, "_last", [float("-inf")])
    return calls


@pytest.fixture
def payments_in(acme, payment, now):
    action = make_action(name="Pull", handler="http.pull", configuration={"path": "/", "key": "Id"})
    integration = make_integration(
        payment, now=now, name="Payments in", direction_id="Inbound", action=action, managed=True
    )
    return make_activation(acme, integration, now=now)


def hook(client, point, body):
    return client.post(f"/hooks/{point['token_local']}", json.dumps(body), content_type="application/json")


def work_off():
    return working.work_off(linger=0)


def row(number, **values):
    return {
        "Id": f"00000000-0000-0000-0000-{number:012}",
        "Number": f"P-{number}",
        "UpdatedOn": "2026-03-02T12:00:00Z",
        **values,
    }


def test_a_payload_becomes_items_and_the_items_records(client, point, change, payments_in):
    parameters = {"integration": "Payments in", "items": "rows", "key": "Id", "name": "Number"}
    change(recv_svcscriptcode="enqueue", opts={"recv_parameters": parameters})
    assert hook(client, point, {"rows": [row(1), row(2)]}).json() == {}
    message = MessageLog.objects.get()
    assert (message.outcome, message.due_at is not None) == ("Waiting", True)
    assert not IntegrationQueue.objects.exists()
    assert work_off() == 1
    message.refresh_from_db()
    assert (message.outcome, message.due_at, message.attempts) == ("Done", None, 1)
    assert IntegrationQueue.objects.filter(client_integration=payments_in).count() == 2
    draining.drain(seconds=5, wait=False)
    assert sorted(Record.objects.values_list("item_name", flat=True)) == ["P-1", "P-2"]

    hook(client, point, {"rows": [row(2), row(1, Status="Paid")]})
    work_off()
    draining.drain(seconds=5, wait=False)
    cycles = dict(IntegrationQueue.objects.values_list("item_name", "cycle"))
    assert cycles == {"P-1": 2, "P-2": 1}


def test_a_mapping_reshapes_what_came(client, point, change, payments_in):
    parameters = {
        "integration": payments_in.integration_id,
        "mapping": "[{Id: id, Number: no, UpdatedOn: at}]",
        "key": "Id",
    }
    change(recv_svcscriptcode="enqueue", opts={"recv_parameters": parameters})
    sent = row(3)
    hook(client, point, {"id": sent["Id"], "no": "P-3", "at": sent["UpdatedOn"], "noise": 1})
    work_off()
    draining.drain(seconds=5, wait=False)
    assert Record.objects.get().item_name == "P-3"


@pytest.mark.parametrize(
    ("parameters", "body", "note"),
    [
        ({"integration": "Payments in", "key": "Id"}, [{"no": 1}], "item 1: it has no key"),
        ({"integration": "Payments in", "key": "Id"}, {"Id": 1}, "The page has no list"),
        ({"integration": "Payments out", "key": "Id"}, [], "There is no inbound integration 'Payments out'"),
        ({"integration": 987654321, "key": "Id"}, [], "There is no inbound integration"),
    ],
)
def test_what_cannot_be_queued_fails_with_its_reason(
    client, point, change, payments_in, parameters, body, note
):
    change(recv_svcscriptcode="enqueue", opts={"recv_parameters": parameters})
    hook(client, point, body)
    work_off()
    message = MessageLog.objects.get()
    assert message.outcome == "Failed"
    assert message.note.startswith(note)
    assert not IntegrationQueue.objects.exists()


def test_parameters_are_checked_when_they_are_set(acme_api, point):
    for parameters, field in (
        ({"key": "Id"}, "opts.recv_parameters"),
        ({"integration": True, "key": "Id"}, "opts.recv_parameters.integration"),
        ({"integration": "x", "key": "["}, "opts.recv_parameters"),
        ({"integration": "x", "key": "Id", "more": 1}, "opts.recv_parameters"),
        ({"integration": "x", "key": "a" * 5000}, "opts.recv_parameters.key"),
    ):
        values = {"recv_svcscriptcode": "enqueue", "opts": {"recv_parameters": parameters}}
        answer = acme_api.patch_json(f"{POINTS}/{point['id']}", values)
        assert (answer.status_code, answer.json()["error_details"]["field"]) == (400, field)


def test_a_hook_is_forwarded_to_another_channel_once(client, point, change, acme_api, receiver):
    out = {
        "code": "out",
        "type": "im",
        "send_svcscriptcode": "send_to_web",
        "url": receiver.url("/status/200"),
    }
    assert acme_api.post_json(POINTS, out).status_code == 200
    parameters = {"channel": "out", "mapping": "{got: a}"}
    change(recv_svcscriptcode="forward", opts={"recv_parameters": parameters})
    hook(client, point, {"a": 5})
    work_off()
    MessageLog.objects.filter(direction="in").update(due_at=timezone.now(), outcome="Waiting")
    work_off()
    draining.drain(seconds=5, wait=False)
    (call,) = receiver.calls
    assert json.loads(call.body) == {"got": 5}
    change(opts={"recv_parameters": {"channel": "nowhere"}})
    hook(client, point, {"a": 5})
    work_off()
    assert MessageLog.objects.filter(direction="in").latest("id").note.startswith("There is no channel")


def test_a_script_reaches_out_through_the_guard(acme_api, point, receiver, settings):
    hub = Abilities(IntegrationPoint.objects.get(), 1)
    answer = hub.call(Request("POST", receiver.url("/echo"), body=b"hi"))
    assert isinstance(answer, Response)
    assert answer.body == b"hi"
    settings.HUB_OUTBOUND_ALLOW = []
    refusal = hub.call(Request("GET", receiver.url("/echo")))
    assert getattr(refusal, "kind", None) == "refused"
    with pytest.raises(ScriptFailed):
        hub.send("ABCDE", {})


def test_a_script_that_crashes_is_run_again_later_and_given_up_in_the_end(client, point, change, monkeypatch):
    monkeypatch.setitem(
        registry._scripts, "mine", Script(lambda message, hub: 1 // 0, Direction.RECEIVING, {})
    )
    change(recv_svcscriptcode="mine")
    hook(client, point, {})
    for _ in BACKOFF:
        assert work_off() == 1
        message = MessageLog.objects.get()
        assert (message.outcome, message.due_at > timezone.now()) == ("Retrying", True)
        MessageLog.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    work_off()
    message = MessageLog.objects.get()
    assert (message.outcome, message.due_at) == ("Failed", None)
    assert message.note == "Gave up after 5 attempts. The script crashed: ZeroDivisionError."


def test_a_message_under_a_lease_is_left_to_who_holds_it(client, point, change, monkeypatch):
    ran = []
    script = Script(lambda message, hub: ran.append(work_off()), Direction.RECEIVING, {})
    monkeypatch.setitem(registry._scripts, "mine", script)
    change(recv_svcscriptcode="mine")
    hook(client, point, {})
    assert work_off() == 1
    assert ran == [0]


def test_workers_are_called_at_most_now_and_then(
    client, point, change, woken, django_capture_on_commit_callbacks, monkeypatch
):
    monkeypatch.setitem(registry._scripts, "mine", Script(lambda message, hub: None, Direction.RECEIVING, {}))
    change(recv_svcscriptcode="mine")
    with django_capture_on_commit_callbacks(execute=True):
        hook(client, point, {})
        hook(client, point, {})
    assert woken == [waking.TASK]
    waking.wake_for_waiting(timezone.now())
    assert woken == [waking.TASK] * 2
    impatient = partial(working.work_off, linger=0)
    monkeypatch.setattr(working, "work_off", impatient)
    assert tasks.receive() == 2
    waking.wake_for_waiting(timezone.now())
    assert woken == [waking.TASK] * 2


GREETING = '''
from channels.scripts.contract import Hub, Received, receiving


@receiving(parameters={"type": "object", "properties": {"word": {"type": "string"}}})
def greet(message: Received, hub: Hub) -> object:
    """Answers with a greeting for whom the payload names."""
    return {"greeting": f"{message.parameters.get('word', 'Hello')}, {message.json()['name']}!"}
'''


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package with scripts, as an installer leaves it: its module, and the metadata beside it."""
    info = tmp_path / "hub_greeting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hub-greeting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[integrationhub.scripts]\ngreet = hub_greeting:greet\nGreet = hub_greeting:greet\n"
        "ws_hook = hub_greeting:greet\nbroken = hub_greeting:missing\nno_script = hub_greeting:Hub\n"
    )
    (tmp_path / "hub_greeting.py").write_text(GREETING)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    monkeypatch.setattr(registry, "_scripts", dict(registry._scripts))
    yield
    sys.modules.pop("hub_greeting", None)


def test_what_is_broken_in_a_package_is_left_out(installed, client, acme_api, point):
    before = set(registry._scripts)
    registry.load_installed()
    assert set(registry._scripts) - before == {"greet"}
    values = {"recv_svcscriptcode": "greet", "opts": {"recv_parameters": {"word": "Moi"}}}
    assert acme_api.patch_json(f"{POINTS}/{point['id']}", values).status_code == 200
    hook(client, point, {"name": "Aino"})
    assert work_off() == 1
    assert MessageLog.objects.get().outcome == "Done"


def test_the_scripts_that_are_shipped():
    assert registry.codes(Direction.RECEIVING) == ["enqueue", "forward", "ws_hook"]
    assert registry.codes(Direction.SENDING) == ["send_email", "send_signed", "send_telegram", "send_to_web"]


def test_what_was_done_before_stays_done(client, point, change, payments_in):
    parameters = {"integration": "Payments in", "key": "Id", "items": "[@]"}
    change(recv_svcscriptcode="enqueue", opts={"recv_parameters": parameters})
    for _ in range(2):
        hook(client, point, row(1))
    assert work_off() == 2
    assert IntegrationQueue.objects.get().state == State.PENDING
