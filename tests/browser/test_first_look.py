"""The first story of the back office: find the dead letter, read why, retry it."""

import pytest
from playwright.sync_api import expect

from queues.models import ActionAttempt, ActionLog, AttemptBody, IntegrationQueue
from queues.states import State
from tests.browser.conftest import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def dead_letter(live_server, acme_payments, now):
    owner = {"client": acme_payments.client, "client_integration": acme_payments}
    item = IntegrationQueue.objects.create(
        **owner,
        integration=acme_payments.integration,
        item_id="1",
        item_name="P-1",
        item_updated_on=now,
        state=State.DEAD_LETTER,
        attempt=1,
        message="422: the IBAN's check digits do not fit",
        created_on=now,
        updated_on=now,
    )
    log = ActionLog.objects.create(item=item, **owner, cycle=1, version=1, started_on=now)
    attempt = ActionAttempt.objects.create(
        log=log, number=1, started_on=now, duration_ms=12, outcome="Permanent", status=422
    )
    AttemptBody.objects.create(
        attempt=attempt, request="POST /payments", response='422\n\n{"field": "iban"}', created_on=now
    )
    return item


def test_a_dead_letter_is_found_understood_and_retried(as_staff, dead_letter, open_page, complaints):
    page = open_page()
    sign_in(page)
    page.locator(".hub-tile", has_text="Dead letters").click()
    page.get_by_role("link", name="P-1").click()

    reason = page.locator(".hub-reason")
    expect(reason).to_contain_text("Dead letter")
    expect(reason).to_contain_text("422: the IBAN's check digits do not fit")
    expect(page.get_by_text('"field": "iban"')).to_be_visible()

    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.get_by_text("1 queue item made due again.")).to_be_visible()
    expect(reason).to_contain_text("Pending")
    expect(page.get_by_role("button", name="Retry", exact=True)).to_be_hidden()

    page.get_by_role("link", name="Dashboard").click()
    expect(page.locator(".hub-tile", has_text="Dead letters")).to_contain_text("0")
    assert complaints.heard == []
