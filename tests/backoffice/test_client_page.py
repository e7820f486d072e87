"""The page of a client: everything about it in one place, and what can be done from there."""

import re
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from integrations import activation, credentials, engine_switch
from integrations.models import (
    AuditEntry,
    Client,
    ClientIntegration,
    Consent,
    Credential,
    Integration,
    IntegrationRun,
)
from queues.models import IntegrationQueue, OutcomeHour
from queues.states import State
from tests.backoffice.people import address, messages_of, page_of
from tests.backoffice.test_credentials import secret_on
from tests.cast import make_activation, make_integration, store_payments

ACTIVATION = "integrations.clientintegration"


def line_of(http, client):
    (line,) = http.get(page_of(client)).context["matrix"]
    return line


def test_the_matrix_tells_state_next_runs_and_what_can_be_done(superuser, acme_payments):
    client = acme_payments.client
    Client.objects.update(time_zone="Asia/Kolkata")
    line = line_of(superuser, client)
    assert (line.state, len(line.coming)) == ("on", 5)
    assert [title for title, *_ in line.verbs] == ["Pause"]
    assert [title for title, *_ in line.more] == ["Disable"]
    page = superuser.get(page_of(client)).content.decode()
    assert f"{line.coming[0][0].astimezone(ZoneInfo('Asia/Kolkata')):%a %d %b %H:%M}</time>" in page
    assert f'{page_of(acme_payments)}#backfill"' in page


def test_the_matrix_says_what_holds_an_integration_up(superuser, acme, payment, now):
    row = make_activation(acme, make_integration(payment, consent_type_id="Confirm", now=now), now=now)
    Consent.objects.update(expires_on=now)
    activation.align(ClientIntegration.objects.all(), now=timezone.now())
    line = line_of(superuser, acme)
    assert (line.state, line.trouble) == (
        "held up",
        f"The client's consent ended on {now:%Y-%m-%d %H:%M} UTC.",
    )
    assert [title for title, *_ in line.more] == ["Renew the consent", "Withdraw the consent", "Disable"]
    assert line.trouble.replace("'", "&#x27;") in superuser.get(address(ACTIVATION)).content.decode()
    assert line.activation == row


def test_a_line_with_nothing_else_to_do_has_no_more(superuser, acme, payments_out):
    activation.activate_for(acme, payments_out)
    for direction, number in (("Outbound", 1), ("Inbound", 0)):
        Integration.objects.update(direction=direction)
        line = line_of(superuser, acme)
        assert ([title for title, *_ in line.verbs], line.more) == (["Enable"], [])
        assert superuser.get(page_of(acme)).content.decode().count("<summary>More</summary>") == number


def test_a_button_of_the_matrix_leads_back_to_the_client(superuser, acme_payments):
    client = acme_payments.client
    (pause,) = line_of(superuser, client).verbs
    page = superuser.post(pause.address, {"back": page_of(client)}, follow=True)
    assert page.redirect_chain == [(page_of(client), 302)]
    assert (line_of(superuser, client).state, line_of(superuser, client).coming) == ("paused", [])
    assert AuditEntry.objects.get(act="pause").client == client
    elsewhere = superuser.post(pause.address, {"back": "https://evil.example/admin/"})
    assert elsewhere["Location"] == page_of(acme_payments)


def test_consent_is_given_renewed_and_withdrawn(superuser, acme, payment, now):
    integration = make_integration(payment, name="With consent", consent_type_id="Confirm", now=now)
    row = activation.activate_for(acme, integration)

    def press(verb):
        return messages_of(superuser.post(address(ACTIVATION, "handle", row.pk, verb), follow=True))

    press("agree")
    Consent.objects.update(expires_on=timezone.now() + timedelta(days=1))
    press("renew")
    assert Consent.objects.get().expires_on > timezone.now() + timedelta(days=300)
    press("withdraw")
    row.refresh_from_db()
    assert (row.runnable, Consent.objects.get().state) == (False, "Revoked")
    (said,) = press("renew")
    assert said.startswith("1 client integration skipped: The consent has been withdrawn;")


def test_a_backfill_is_counted_first_and_then_done(superuser, acme_payments, payment, now):
    store_payments(acme_payments.client, payment, 3, now=now)
    path = superuser.get(page_of(acme_payments)).context["backfill_address"]
    assert "3 items would become due" in superuser.get(path, {"since": "2026-01-01"}).content.decode()
    assert not IntegrationQueue.objects.exists()
    page = superuser.post(path, {"since": "2026-01-01"}, follow=True)
    run = IntegrationRun.objects.get()
    assert run.message == "Backfill from 2026-01-01 00:00 UTC by staff."
    assert page.redirect_chain == [(page_of(run), 302)]
    (link,) = re.findall(r'href="([^"]+run__id__exact[^"]+)"', page.content.decode())
    listed = superuser.get(unescape(link))
    assert listed.context["cl"].result_count == 3
    assert IntegrationQueue.objects.filter(state=State.PENDING).count() == 3
    assert messages_of(superuser.get(path, {"since": "soon"}, follow=True)) == [
        "Name a day, such as 2026-01-31."
    ]


def test_a_backfill_needs_the_permission_to_change(operator, acme_payments):
    viewer = operator("integrations.view_clientintegration")
    path = address(ACTIVATION, "backfill", acme_payments.pk)
    assert viewer.post(path, {"since": "2026-01-01"}).status_code == 403
    assert viewer.get(page_of(acme_payments)).context["backfill_address"] == ""


def test_the_engine_of_one_client_is_stopped_from_its_page(superuser, acme_payments):
    client = acme_payments.client
    superuser.post(f"/admin/integrations/engineswitch/client/{client.pk}/stop/", {"back": page_of(client)})
    assert not engine_switch.look(client).is_running
    assert engine_switch.hub_is_running()
    assert "Start the engine" in superuser.get(page_of(client)).content.decode()
    assert superuser.post("/admin/integrations/engineswitch/client/999/stop/").status_code == 404
    assert superuser.post("/admin/integrations/engineswitch/hub/explode/").status_code == 404


def test_usage_is_told_by_the_hourly_figures(superuser, acme_payments):
    now = timezone.now()
    for days, done in ((0, 5), (3, 10), (20, 100)):
        hour = now - timedelta(days=days)
        OutcomeHour.objects.create(client_integration=acme_payments, hour=hour, done=done, dead=1)
    spans = superuser.get(page_of(acme_payments.client)).context["usage"]
    assert [(span.attempts, span.delivered) for span in spans] == [(6, 5), (17, 15), (118, 115)]


def test_a_key_is_rotated_with_an_overlap_and_shown_once(superuser, acme):
    old = credentials.issue("bearer", now=timezone.now(), client=acme, scopes=["read"]).credential
    path = superuser.get(page_of(old)).context["rotate_address"]
    page = superuser.post(path, {"overlap": "24"})
    prefix, secret = secret_on(page).split(".")
    assert credentials.authenticate("bearer", prefix=prefix, secret=secret, now=timezone.now())
    old.refresh_from_db()
    assert timedelta(hours=23) < old.expires_on - timezone.now() <= timedelta(hours=24)
    shown = page.content.decode()
    assert f"The old key goes on until {old.expires_on:%Y-%m-%d %H:%M} UTC." in shown
    assert f"<bdi>{acme}</bdi>" in shown
    assert AuditEntry.objects.get().act == "rotate credential"
    assert superuser.post(path, {"overlap": "1000"}).status_code == 404
    keys = superuser.get(page_of(acme)).context["keys"]
    assert [state for _, state in keys] == ["In force", "In force"]


def test_a_key_that_has_ended_is_not_rotated(superuser, operator, acme):
    old = credentials.issue("bearer", now=timezone.now(), client=acme, scopes=["read"]).credential
    path = superuser.get(page_of(old)).context["rotate_address"]
    superuser.post(address("integrations.credential", "handle", old.pk, "revoke"))
    assert superuser.get(page_of(old)).context["rotate_address"] == ""
    assert messages_of(superuser.post(path, {"overlap": "1"}, follow=True)) == [
        "Only a credential in force can be rotated."
    ]
    assert operator("integrations.view_credential").post(path, {"overlap": "1"}).status_code == 403
    assert Credential.objects.count() == 1


def test_who_may_not_see_activations_and_keys_sees_none_on_the_page(operator, acme_payments):
    page = operator("integrations.view_client").get(page_of(acme_payments.client))
    assert not any(name in page.context for name in ("matrix", "keys", "usage"))
    viewer = ClientIntegration.objects.get()
    assert page_of(viewer) not in page.content.decode()


@pytest.mark.parametrize("act", ["add", "change", "delete"])
def test_what_staff_change_is_in_the_audit_log_without_values(superuser, acme, as_staff, act):
    fields = {
        "name": "Renamed",
        "code": "other",
        "time_zone": "UTC",
        "active": "on",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    paths = {
        "add": address("integrations.client", "add"),
        "change": page_of(acme),
        "delete": address("integrations.client", "delete", acme.pk),
    }
    superuser.post(paths[act], {"post": "yes"} if act == "delete" else fields)
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.user) == (act, as_staff.user)
    assert "Renamed" not in str(entry.detail)
