import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from integrations import credentials
from integrations.models import AuditEntry, Credential
from tests.backoffice.people import address, messages_of, page_of

CREDENTIAL = "integrations.credential"


def create(http, **fields):
    asked = {
        "scheme": "bearer",
        "scopes": ["read"],
        "note": "",
        "expires_on_0": "",
        "expires_on_1": "",
        **fields,
    }
    return http.post(address(CREDENTIAL, "add"), asked)


def secret_on(page):
    return unescape(re.search(r'id="issued-secret">([^<]+)<', page.content.decode()).group(1))


def test_a_new_credential_is_shown_once_and_works(superuser, acme):
    form = superuser.get(address(CREDENTIAL, "add")).content.decode()
    assert 'name="_save"' in form
    assert '"_addanother"' not in form
    assert '"_continue"' not in form
    page = create(superuser, client=acme.pk, scopes=["read", "write"], note="ERP")
    prefix, secret = secret_on(page).split(".")
    known = credentials.authenticate("bearer", prefix=prefix, secret=secret, now=timezone.now())
    assert known == Credential.objects.get()
    assert (known.client, known.scopes, known.note) == (acme, ["read", "write"], "ERP")
    assert AuditEntry.objects.get().act == "issue credential"
    for later in (address(CREDENTIAL), page_of(known), "/admin/", address("integrations.client")):
        text = superuser.get(later).content.decode()
        assert secret not in text
        assert known.secret_hash not in text


def test_a_secret_is_kept_in_no_cookie_and_no_cache(superuser, acme):
    page = create(superuser, client=acme.pk)
    secret = secret_on(page).split(".")[1]
    assert secret not in superuser.cookies.output()
    assert "no-store" in page["Cache-Control"]


def test_a_basic_credential_comes_with_its_user_name(superuser, acme):
    page = create(superuser, client=acme.pk, scheme="basic")
    prefix = Credential.objects.get().prefix
    assert f"<code>{prefix}</code>" in page.content.decode()
    assert credentials.authenticate("basic", prefix=prefix, secret=secret_on(page), now=timezone.now())


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["everything"]}),
        ("scopes", {"scopes": ["read", "staff"]}),
        ("scheme", {"scheme": "magic"}),
        ("expires_on", {"expires_on_0": "2020-01-01", "expires_on_1": "00:00"}),
    ],
)
def test_a_broken_rule_is_shown_at_the_field_at_fault(superuser, acme, field, asked):
    page = create(superuser, client=acme.pk, **asked)
    assert list(page.context["adminform"].form.errors) == [field]
    assert not Credential.objects.exists()


def test_a_staff_credential_has_no_client(superuser):
    assert "scopes" in create(superuser).context["adminform"].form.errors
    create(superuser, scopes=["read", "staff"])
    assert Credential.objects.get().client is None


@pytest.fixture
def credential(acme):
    return credentials.issue("bearer", now=timezone.now(), client=acme, scopes=["read"]).credential


def test_a_credential_is_never_edited(superuser, credential):
    assert superuser.post(page_of(credential), {"note": "x", "secret_hash": "x"}).status_code == 403
    assert superuser.post(address(CREDENTIAL, "delete", credential.pk), {"post": "yes"}).status_code == 403


def test_a_credential_is_revoked(superuser, credential):
    chosen = {"action": "revoke", "_selected_action": [credential.pk]}
    assert messages_of(superuser.post(address(CREDENTIAL), chosen, follow=True)) == ["1 credential revoked."]
    credential.refresh_from_db()
    assert credential.revoked_on
    assert "Revoked" in superuser.get(address(CREDENTIAL)).content.decode()


def test_an_expired_credential_says_so(superuser, credential):
    Credential.objects.update(expires_on=timezone.now() - timedelta(days=1))
    assert "Expired" in superuser.get(address(CREDENTIAL)).content.decode()


def test_creating_needs_its_permission(operator, acme):
    viewer = operator("integrations.view_credential")
    assert create(viewer, client=acme.pk).status_code == 403
    assert not Credential.objects.exists()
