"""The page that shows a new secret, this once."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in

pytestmark = pytest.mark.browser


def test_loading_it_again_shows_no_secret_and_issues_no_other(as_staff, open_page, complaints):
    page = open_page()
    sign_in(page)
    page.goto("/admin/integrations/credential/add/")
    page.locator("[name=scopes][value=staff]").check()
    page.locator("#id_note").fill("Nightly job")
    page.get_by_role("button", name="Save").click()
    secret = page.locator("#issued-secret").inner_text()
    page.reload()
    expect(page.get_by_text("Nightly job")).to_be_visible()
    assert secret not in page.content()
    page.goto("/admin/integrations/credential/")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    assert complaints.heard == []
