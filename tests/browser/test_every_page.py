"""Every page of the back office: whole, on a desk and on a phone, by day and by night."""

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from integrations.models import Client, Integration
from queues.admin.saved_views import SAVED_VIEWS
from tests.backoffice.crowd import gather
from tests.backoffice.people import address, first_row, page_of
from tests.browser.conftest import sign_in
from tests.browser.contrast import pale_words

pytestmark = pytest.mark.browser

QUEUE = "queue.integrationqueue"
WIDTHS = (1440, 390)
# What would have to be scrolled sideways: the page, and on a desk a list.
OVERFLOW = """(width) => [document.documentElement, ...document.querySelectorAll("#result_list")]
    .filter((each) => each.tagName === "HTML" || width > 1024)
    .map((each) => each.scrollWidth - (each.tagName === "HTML" ? each : each.parentElement).clientWidth)
    .some((excess) => excess > 0)"""
BY_NIGHT = "(isNight) => document.documentElement.classList.toggle('dark', isNight)"
AT_ONCE = "* { animation: none !important; transition: none !important; }"


@pytest.fixture
def pages(live_server, as_staff, now):
    gather(range(2), now=now)
    Client.objects.update(name="<img src=x onerror=alert(1)> " + "W" * 80)
    Integration.objects.update(name="\u0634\u0631\u0643\u0629 <script>alert(1)</script>" + "\u0634" * 60)
    labels = sorted(model._meta.label_lower for model in admin.site._registry)
    client, item = first_row("integrations.client"), first_row(QUEUE)
    return [
        "/admin/",
        *(address(label) for label in labels),
        *(page_of(first_row(label)) for label in labels),
        *(address(label, "add") for label in added_by(as_staff.user)),
        *(f"{address(QUEUE)}?view={name}" for name in SAVED_VIEWS),
        f"{address(QUEUE)}?q=nowhere",
        *(address(row._meta.label_lower, "history", row.pk) for row in (client, item)),
        reverse("admin:queue_everything", args=["retry"]) + "?view=dead",
        reverse("admin:integrations_bundle"),
        reverse("admin:password_change"),
    ]


def added_by(user):
    request = RequestFactory().get("/")
    request.user = user
    pages = admin.site._registry.items()
    return sorted(model._meta.label_lower for model, page in pages if page.has_add_permission(request))


def test_every_page_is_titled_fits_can_be_read_and_complains_of_nothing(pages, open_page, complaints):
    """By day and by night, on a desk and on a phone: one load, for styles alone tell them apart."""
    page = open_page()
    sign_in(page)
    faults = []
    for path in pages:
        page.goto(path)
        page.add_style_tag(content=AT_ONCE)
        if not page.get_by_role("heading", level=1).inner_text().strip():
            faults.append(f"{path} has no title")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate(OVERFLOW, width):
                faults.append(f"{path} is wider than {width}")
            for is_night in (False, True):
                page.evaluate(BY_NIGHT, is_night)
                faults += [f"{path}, {width}, night {is_night}: {words}" for words in pale_words(page)]
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


def test_pale_words_and_signs_are_seen(open_page):
    page = open_page()
    page.set_content(
        """<p style="color: #999">pale</p><p style="color: #666">plain</p>
        <div style="background: #444"><p style="color: rgb(255 255 255 / 40%)">sunk</p></div>
        <span class="material-symbols-outlined" style="color: #949494">sign</span>
        <button disabled style="color: #ccc">exempt</button><input placeholder="hint" style="color: black">
        <style>::placeholder { color: #bbb }</style>"""
    )
    assert [words.partition(": ")[2] for words in pale_words(page)] == ["pale", "sunk", "hint"]
