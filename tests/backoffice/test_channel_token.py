"""The local token of a channel: shown when asked for, and each look is written down."""

from channels import points
from integrations.models import AuditEntry
from tests.backoffice.people import address, page_of

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
