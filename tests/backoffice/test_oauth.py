"""Connecting a client to a system from the back office, and coming back."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations import ending
from integrations.models import (
    AuditEntry,
    ClientIntegration,
    Connection,
    Consent,
    Integration,
    OAuthApplication,
    OAuthToken,
)
from integrations.oauth import attention
from queues import reaching
from queues.roles import ROLES, install_roles
from tests.backoffice.people import address, messages_of, page_of
from tests.oauth import (
    _no_call_waits_inside_a_transaction,
    agree,
    application,
    connect,
    consented,
    server,
    unconnected,
)

__all__ = ["_no_call_waits_inside_a_transaction", "application", "consented", "server", "unconnected"]

ACTIVATION = "integrations.clientintegration"
CONNECT = ("integrations.clientintegration", "connect")


def begin(browser, row):
    """The page that leads to the authorization server."""
    return browser.post(address(*CONNECT, row.pk))


def come_back(browser, told):
    return browser.get("/oauth/callback", told)


def text_of(page):
    return page.content.decode()


def verbs_of(browser, row):
    return [title for title, *_ in browser.get(page_of(row)).context["verbs"]]


def test_a_client_is_connected_and_its_integration_runs(superuser, unconnected, as_staff):
    assert verbs_of(superuser, unconnected)[0] == "Connect"
    page = begin(superuser, unconnected)
    assert "Go on to 127.0.0.1:" in text_of(page)
    assert "<code>write</code>" in text_of(page)
    assert page["Cache-Control"].startswith("max-age=0")
    back = come_back(superuser, agree(page.context["address"]))
    assert (back.status_code, back["Referrer-Policy"]) == (200, "no-referrer")
    assert "Back to the hub" in text_of(back)
    unconnected.refresh_from_db()
    assert unconnected.runnable
    assert unconnected.consent.granted_by == as_staff.user
    assert verbs_of(superuser, unconnected)[0] == "Connect again"
    assert "Renew the consent" not in verbs_of(superuser, unconnected)
    entry = AuditEntry.objects.get(act="connect")
    assert (entry.actor, entry.client) == ("staff", unconnected.client)


def test_an_answer_in_another_browser_connects_nobody(superuser, unconnected):
    told = agree(begin(superuser, unconnected).context["address"])
    stranger = come_back(HttpClient(), told)
    assert stranger.status_code == 400
    assert "begun in another browser" in text_of(stranger)
    assert "You can close this window" in text_of(stranger)
    assert not Consent.objects.exists()
    assert HttpClient().post("/oauth/callback", told).status_code == 405
    assert come_back(superuser, {}).status_code == 400
    assert come_back(superuser, told).status_code == 200


def test_a_denial_is_shown_as_text(superuser, unconnected, server):
    server.denies = True
    told = agree(begin(superuser, unconnected).context["address"])
    page = come_back(superuser, told | {"error_description": "<img src=x onerror=alert(1)>"})
    assert page.status_code == 400
    assert "&lt;img src=x" in text_of(page)


def test_the_hub_signs_in_by_itself_without_a_detour(superuser, unconnected):
    OAuthApplication.objects.update(grant="client_credentials")
    page = superuser.post(address(*CONNECT, unconnected.pk), follow=True)
    assert messages_of(page) == ["Connected to ERP."]
    unconnected.refresh_from_db()
    assert unconnected.runnable
    OAuthApplication.objects.update(app_id="unknown")
    assert "invalid_client" in messages_of(superuser.post(address(*CONNECT, unconnected.pk), follow=True))[0]


def test_an_address_that_is_registered_once_is_the_hub_s_public_one(superuser, unconnected, settings):
    settings.HUB_PUBLIC_URL = "https://hub.example.org"
    told = begin(superuser, unconnected).context["address"]
    assert "redirect_uri=https%3A%2F%2Fhub.example.org%2Foauth%2Fcallback&" in told
    add = superuser.get(address("integrations.oauthapplication", "add"))
    assert "https://hub.example.org/oauth/callback" in text_of(add)


def test_only_who_may_switch_integrations_connects(unconnected, db, django_user_model):
    install_roles()
    allowed = set()
    for role in ROLES:
        user = django_user_model.objects.create_user(role, is_staff=True)
        user.groups.set(user.groups.model.objects.filter(name=role))
        browser = HttpClient()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if begin(browser, unconnected).status_code == 200:
            allowed.add(role)
    assert allowed == {"Hub admin", "Operator"}


def test_a_connection_that_needs_attention_is_shown_wherever_staff_look(superuser, unconnected, as_acme):
    connect(unconnected, as_acme, timezone.now())
    token = OAuthToken.objects.select_related("application__system", "consent__client").get()
    attention.call_for(token, "The authorization server says: <gone>", now=timezone.now())
    shown = "Attention needed: connect to ERP again. The authorization server says: &lt;gone&gt;"
    for page in ("/admin/", address(ACTIVATION), page_of(unconnected), page_of(unconnected.client)):
        assert shown in text_of(superuser.get(page))
    assert "has to be given again" in text_of(superuser.get("/admin/"))
    consents = superuser.get(address("integrations.consent"), {"needs": "somebody"})
    assert consents.context["cl"].result_count == 1
    assert "Attention needed" in text_of(consents)
    assert page_of(unconnected) in text_of(superuser.get(page_of(token.consent)))
    assert "Reconnect" in verbs_of(superuser, unconnected)
    with pytest.raises(CommandError):
        call_command("hub_doctor")
    come_back(superuser, agree(begin(superuser, unconnected).context["address"]))
    assert not ending.needing_somebody(timezone.now()).exists()
    assert not ClientIntegration.objects.exclude(problem="").exists()


def test_the_end_of_a_consent_is_announced(superuser, unconnected, as_acme):
    now = timezone.now()
    connect(unconnected, as_acme, now)
    Consent.objects.update(expires_on=now + timedelta(days=15))
    assert not ending.needing_somebody(now).exists()
    Consent.objects.update(expires_on=now + timedelta(days=13))
    day = f"ends on {now + timedelta(days=13):%Y-%m-%d %H:%M} UTC"
    for page in ("/admin/", page_of(unconnected), address("integrations.consent")):
        assert day in text_of(superuser.get(page))
    later = now + timedelta(days=14)
    Integration.objects.update(consent_type="None")
    ending.note_ended(later)
    assert not ClientIntegration.objects.exclude(problem="").exists()
    for page in ("/admin/", page_of(unconnected)):
        assert day not in text_of(superuser.get(page))
    assert not ending.needing_somebody(later).exists()
    Integration.objects.update(consent_type="OAuth2")
    ending.note_ended(later)
    assert ClientIntegration.objects.get().problem.startswith("Attention needed: the consent ended on ")


def test_staff_get_one_mail_about_each_end_that_comes(
    unconnected, as_acme, as_staff, settings, mailoutbox, django_capture_on_commit_callbacks
):
    def warn(now):
        with django_capture_on_commit_callbacks(execute=True):
            ending.warn(now)
        told = [(mail.subject, mail.body) for mail in mailoutbox]
        mailoutbox.clear()
        return told

    settings.EMAIL_HOST = "mail.example.com"
    User.objects.update(email="staff@example.com")
    now = timezone.now()
    connect(unconnected, as_acme, now)
    end = now + timedelta(days=20)
    Consent.objects.update(expires_on=end)
    assert warn(now) == []
    later = now + timedelta(days=7)
    day = f"{end:%Y-%m-%d %H:%M} UTC"
    text = f"Acme: OAuth 2.0 connection ends on {day}"
    assert warn(later) == [("A consent of Acme ends", text)]
    assert warn(later) == warn(end) == []
    Consent.objects.update(expires_on=end + timedelta(hours=1))  # its tokens have been renewed
    assert warn(end) == []
    Consent.objects.update(granted_on=later)
    assert len(warn(end)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        ending.note_ended(end + timedelta(days=1))
        ending.note_ended(end + timedelta(days=1))
    (mail,) = mailoutbox
    assert mail.subject == "A consent has ended, and what it carried has stopped"
    assert mail.body.startswith("Payments to the ERP for Acme: Attention needed: the consent ended on ")


def test_secrets_are_on_no_page(superuser, unconnected, as_acme):
    connect(unconnected, as_acme, timezone.now())
    token = OAuthToken.objects.get()
    secrets = (token.access_token, token.refresh_token, "hush:hush")
    for row in (
        token,
        token.application,
        token.consent,
        unconnected,
        unconnected.authorization_requests.get(),
    ):
        for page in (page_of(row), address(row._meta.label_lower)):
            assert not any(secret in text_of(superuser.get(page)) for secret in secrets)


def test_the_registration_is_checked_at_its_fields(superuser, application, server):
    fields = {
        "grant": "authorization_code",
        "authorization_url": "",
        "token_url": "ftp://x",
        "revocation_url": "https://x/#part",
        "app_id": "hub",
        "new_secret": "",
        "secret_in": "header",
        "scopes": "",
        "extra": '{"state": "x"}',
    }
    page = superuser.post(page_of(application), fields)
    errors = page.context["adminform"].form.errors
    assert set(errors) == {"authorization_url", "token_url", "revocation_url", "extra"}
    mended = {**fields, "authorization_url": server.url("/authorize"), "token_url": server.url("/token")}
    superuser.post(page_of(application), {**mended, "revocation_url": "", "extra": '{"prompt": "consent"}'})
    application.refresh_from_db()
    assert (application.extra, application.secret, application.row_version) == (
        {"prompt": "consent"},
        "hush:hush",
        2,
    )


def test_a_page_of_consents_asks_as_many_questions_of_many(superuser, unconnected, as_acme):
    connect(unconnected, as_acme, timezone.now())

    def questions():
        with CaptureQueriesContext(connection) as queries:
            superuser.get(address("integrations.consent"))
        return len(queries)

    questions()
    alone = questions()
    for number in range(3):
        consent = Consent.objects.create(
            client=unconnected.client, consent_type_id="OAuth2", granted_on=timezone.now()
        )
        OAuthToken.objects.create(
            consent=consent,
            application=OAuthApplication.objects.get(),
            access_token=str(number),
            obtained_on=timezone.now(),
        )
    assert questions() == alone


def test_a_system_is_tried_with_a_token_of_the_hub_s_own(superuser, application, acme, server):
    reach = address("integrations.system", "reach", application.system_id)
    by_person = messages_of(superuser.post(reach, follow=True))
    assert by_person == ["Clients connect to it one by one: try it by connecting one."]
    OAuthApplication.objects.update(grant="client_credentials")
    assert messages_of(superuser.post(reach, follow=True))[0].startswith("It answers 200 after")
    server.clients["acme"] = "own"
    own = Connection(client=acme, system=application.system, username="acme", secret="own")
    assert reaching.lets_in(own, now=timezone.now())
    own.secret = "wrong"
    assert not reaching.lets_in(own, now=timezone.now())
    assert not OAuthToken.objects.exists()


def test_staff_get_a_mail_about_a_connection_that_ended(
    unconnected, as_acme, as_staff, settings, mailoutbox, django_capture_on_commit_callbacks
):
    settings.EMAIL_HOST = "mail.example.com"
    User.objects.update(email="staff@example.com")
    connect(unconnected, as_acme, timezone.now())
    token = OAuthToken.objects.select_related("application__system", "consent__client").get()
    with django_capture_on_commit_callbacks(execute=True):
        attention.call_for(token, "It is over.", now=timezone.now())
        attention.call_for(token, "It is over.", now=timezone.now())
    assert [(mail.subject, mail.bcc) for mail in mailoutbox] == [
        ("Acme has to connect to ERP again", ["staff@example.com"])
    ]
