"""The page of a channel: its local token, each look at which is written down, and its last messages."""

from channels import points
from channels.models import MessageLog
from integrations.models import AuditEntry
from tests.backoffice.people import address, first_row, page_of

POINT = "channels.integrationpoint"


def test_a_token_is_shown_on_request_only_and_each_look_is_in_the_audit_log(
    superuser, operator, acme, as_staff, now
):
    point = points.create(acme, {"code": "ABCDE", "type": "public"}, by=as_staff, now=now)
    AuditEntry.objects.all()._raw_delete("default")
    page = superuser.get(page_of(point))
    assert point.token_local not in page.content.decode()
    assert not AuditEntry.objects.exists()
    shown = superuser.post(page.context["token_address"])
    assert point.token_local in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.client, entry.user) == ("read channel token", acme, as_staff.user)
    assert point.token_local not in str(entry.detail) + entry.target
    assert superuser.get(page.context["token_address"]).status_code == 405
    assert superuser.post(address(POINT, "token", 999)).status_code == 404
    viewer = operator("channels.view_integrationpoint")
    assert viewer.post(page.context["token_address"]).status_code == 403
    assert AuditEntry.objects.count() == 1


def test_the_last_messages_stand_on_the_page_of_their_channel_for_who_may_read_them(
    superuser, operator, acme, as_staff, now
):
    own, other = (
        points.create(acme, {"code": code, "type": "public"}, by=as_staff, now=now)
        for code in ("ABCDE", "FGHIJ")
    )
    assert "None yet." in superuser.get(page_of(own)).content.decode()
    common = {"client": acme, "direction": "in", "on": now, "size": 0, "outcome": "Refused"}
    for number, point in enumerate([own] * 11 + [other]):
        MessageLog.objects.create(**common, point=point, peer="::1", note=f"Refused {number}.")
    page = superuser.get(page_of(own))
    assert [message.note for message in page.context["last_messages"]] == [
        f"Refused {number}." for number in range(10, 0, -1)
    ]
    assert page_of(first_row("channels.messagelog")) not in page.content.decode()
    everything = f"{address('channels.messagelog')}?point__id__exact={own.pk}"
    assert f'href="{everything}"' in page.content.decode()
    assert superuser.get(everything).context["cl"].result_count == 11
    viewer = operator("channels.view_integrationpoint")
    assert "Last messages" not in viewer.get(page_of(own)).content.decode()
