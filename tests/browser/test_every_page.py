"""Every page of the back office: whole, on a desk and on a phone, by day and by night."""

import pytest
from django.contrib import admin

from integrations.models import Client, Integration
from tests.backoffice.crowd import gather
from tests.backoffice.people import address, first_row, page_of
from tests.browser.conftest import sign_in

pytestmark = pytest.mark.browser

FORMS = ("action", "client", "clientintegration", "credential", "entity", "integration", "schedule", "system")
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def pages(live_server, as_staff, now):
    gather(range(2), now=now)
    Client.objects.update(name="<img src=x onerror=alert(1)> " + "W" * 80)
    Integration.objects.update(name="\u0634\u0631\u0643\u0629 <script>alert(1)</script>" + "\u0634" * 60)
    labels = sorted(model._meta.label_lower for model in admin.site._registry)
    return [
        "/admin/",
        *(address(label) for label in labels),
        *(page_of(first_row(label)) for label in labels),
        *(address(f"integrations.{name}", "add") for name in FORMS),
        address("auth.user", "add"),
    ]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_every_page_is_titled_fits_and_complains_of_nothing(pages, open_page, complaints, width, scheme):
    page = open_page(width, scheme)
    sign_in(page)
    faults = []
    for path in pages:
        page.goto(path)
        if page.evaluate(OVERFLOW) > 0:
            faults.append(f"{path} is wider than the window")
        if not page.get_by_role("heading", level=1).inner_text().strip():
            faults.append(f"{path} has no title")
    assert faults + complaints.heard == []


def test_whatever_must_not_happen_is_heard(live_server, as_staff, open_page, complaints):
    page = open_page()
    sign_in(page)
    for misdeed, heard in [
        ("document.head.append(Object.assign(document.createElement('script'), {text: '1'}))", "console: "),
        ("new Image().src = 'http://elsewhere.example/x.png'", "console: "),
        ("setTimeout(() => { throw new Error('broken') })", "error: broken"),
        ("console.error('broken')", "console: broken"),
        ("setTimeout(() => location.assign('http://127.0.0.1:1/'))", "request to another host"),
    ]:
        complaints.heard.clear()
        page.evaluate(f"() => {{ {misdeed} }}")
        page.wait_for_timeout(300)
        assert [complaint for complaint in complaints.heard if complaint.startswith(heard)], misdeed
