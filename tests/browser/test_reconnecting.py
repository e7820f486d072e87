"""A connection that the other side has ended is made anew, by a person at a browser."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from integrations import activation as activations
from integrations.errors import Refused
from integrations.models import OAuthToken
from integrations.oauth import refreshing
from tests.backoffice.people import page_of
from tests.browser.conftest import sign_in
from tests.cast import make_integration
from tests.oauth import connect, make_application, server

__all__ = ["server"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ended(server, payment, acme, as_acme, as_staff):
    """Acme's export, whose connection was ended at the authorization server."""
    now = timezone.now()
    system = make_application(server).system
    integration = make_integration(payment, now=now, system=system, consent_type_id="OAuth2")
    row = activations.activate_for(acme, integration)
    connect(row, as_acme, now)
    server.end_grants()
    OAuthToken.objects.update(expires_on=now)
    token = OAuthToken.objects.select_related("application__system").get()
    with pytest.raises(Refused):
        refreshing.renew(token, now=now)
    return row


def test_staff_find_the_ended_connection_and_make_it_anew(ended, server, open_page, complaints):
    path, place = page_of(ended), f"127.0.0.1:{server.port}"
    page = open_page()
    sign_in(page)
    expect(page.get_by_text("Consents to look after")).to_be_visible()
    page.get_by_role("link", name="Payments to the ERP for Acme").first.click()
    expect(page.get_by_role("alert").first).to_contain_text("Attention needed: connect to ERP again.")
    page.get_by_role("button", name="Reconnect").click()
    expect(page.get_by_text("signs in there as")).to_be_visible()
    page.get_by_role("link", name=f"Go on to {place}").click()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    page.get_by_role("link", name="Back to the hub").click()
    assert page.url.endswith(path)
    expect(page.get_by_text("Attention needed")).to_have_count(0)
    page.goto("/admin/")
    expect(page.get_by_text("Consents to look after")).to_have_count(0)
    assert [each for each in complaints.heard if f"http://{place}/authorize?" not in each] == []
