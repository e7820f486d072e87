"""What the page of an integration says while one edits it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in

pytestmark = pytest.mark.browser


def test_what_excludes_each_other_says_so_and_comes_back(as_staff, payments_out, open_page, complaints):
    page = open_page()
    sign_in(page)
    page.goto(f"/admin/integrations/integration/{payments_out.pk}/change/")
    direction, update = page.locator("#id_direction"), page.locator("#id_include_update")
    update.dispatch_event("click")
    expect(update).to_be_checked()
    direction.select_option(label="Inbound")
    expect(page.locator("#rule-include_update")).to_have_text("Outbound only.")
    expect(update).to_be_disabled()
    expect(update).not_to_be_checked()
    direction.select_option(label="Outbound")
    expect(page.locator("#rule-include_update")).to_have_text("")
    expect(update).to_be_checked()

    page.locator("#id_active").dispatch_event("click")
    expect(update).to_be_enabled()
    update.dispatch_event("click")
    expect(page.locator("#rule-include_update")).to_have_text("Needs an active integration.")
    page.locator("#id_active").dispatch_event("click")
    expect(update).to_be_enabled()
    expect(update).not_to_be_checked()
    assert complaints.heard == []
