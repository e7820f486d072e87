import re

import pytest

from channels.models import ChannelType, IntegrationPoint, MessageLog, SendingState
from integrations.models import AuditEntry
from queues.models import IntegrationQueue
from tests.backoffice.people import address, page_of, superuser

pytestmark = [pytest.mark.django_db, pytest.mark.broad]
__all__ = ["superuser"]

NEW = {
    "code": "A", "type": "public", "title": "", "comment": "", "url": "https://a.example.com",
    "recv_svcscriptcode": "ws_hook", "recv_parameters": "{}", "recv_timeout": "0", "ip_mask": "",
    "signature": "", "signature_header": "", "send_svcscriptcode": "send_to_web", "send_parameters": "{}",
    "send_rate": "0", "recv_svcscriptcode_ws": "", "send_svcscriptcode_ws": "",
    "new_token_remote": "remote-secret", "new_token_remote2": "", "new_signing_secret": "",
}  # fmt: skip


def save(superuser, where, **values):
    return superuser.post(where, {**NEW, **values})


def do(superuser, row, name):
    return superuser.post(f"{page_of(row).removesuffix('change/')}now/{name}/")


@pytest.fixture
def channel(superuser, acme):
    answer = save(superuser, address("channels.integrationpoint", "add"), client=acme.pk)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return IntegrationPoint.objects.get()


def test_a_channel_is_made_and_changed_as_on_the_wire(superuser, channel):
    assert (channel.client.code, channel.token_remote, len(channel.token_local)) == (
        "acme",
        "remote-secret",
        32,
    )
    page = superuser.get(page_of(channel)).content.decode()
    assert "remote-secret" not in page
    assert channel.token_local not in page
    save(superuser, page_of(channel), new_token_remote="", title="Trapper")
    changed = IntegrationPoint.objects.get()
    assert (changed.title, changed.token_remote, changed.row_version) == ("Trapper", "remote-secret", 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recv_svcscriptcode", "nothing"),
        ("recv_parameters", '{"a": 1}'),
        ("url", "ftp://a"),
        ("ip_mask", "x"),
        ("new_signing_secret", "short"),
    ],
)
def test_a_refusal_stands_beside_its_field(superuser, channel, field, value):
    form = save(superuser, page_of(channel), **{field: value}).context["adminform"].form
    assert list(form.errors) == [field]
    assert IntegrationPoint.objects.get().row_version == 1


def test_buttons_test_rotate_and_switch_off(superuser, channel):
    do(superuser, channel, "test")
    assert IntegrationQueue.objects.get().item_name == "A"
    do(superuser, channel, "rotate")
    assert IntegrationPoint.objects.get().token_index != channel.token_index
    do(superuser, channel, "off")
    assert SendingState.objects.get().off_reason.startswith("Switched off by")
    assert "Off since" in superuser.get(address("channels.integrationpoint")).content.decode()
    do(superuser, channel, "on")
    assert not SendingState.objects.exists()
    assert AuditEntry.objects.filter(act__startswith="channel ").count() == 3


def test_a_message_is_shown_redacted_and_replayed(superuser, client, channel):
    body = f'{{"password": "hush", "name": "Aino", "echo": "{channel.token_remote}"}}'
    client.post(f"/hooks/{channel.token_local}", body, content_type="application/json")
    message = MessageLog.objects.get()
    page = superuser.get(page_of(message)).content.decode()
    assert "Aino" in page
    assert not re.search("hush|remote-secret", page)
    do(superuser, message, "replay")
    message.refresh_from_db()
    assert (message.outcome, message.due_at is not None) == ("Waiting", True)


def test_a_type_is_checked_and_takes_hold_at_once(superuser, channel):
    where = address("channels.channeltype", "add")
    wrong = superuser.post(where, {"type": "public", "most_points": "", "supplied": '{"code": "x"}'})
    assert "supplied" in wrong.context["adminform"].form.errors
    right = {"type": "public", "most_points": "", "supplied": '{"url": "https://b.example.com"}'}
    superuser.post(where, right)
    assert ChannelType.objects.get().type == "public"
    assert IntegrationPoint.objects.get().url == "https://b.example.com"


def test_deleting_a_channel_takes_its_messages_along(superuser, client, channel):
    client.post(f"/hooks/{channel.token_local}", "{}", content_type="application/json")
    superuser.post(address("channels.integrationpoint", "delete", channel.pk), {"post": "yes"})
    assert not IntegrationPoint.objects.exists()
    assert not MessageLog.objects.exists()
