"""Systems that do not answer: seen on the first screen, and asked again from their page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import AuditEntry
from queues.models import Breaker
from tests.backoffice.crowd import gather
from tests.backoffice.people import address, messages_of, page_of

BREAKER = "queue.breaker"


@pytest.fixture
def breaker(superuser, now):
    """Open, and resting for two more minutes."""
    gather(range(1), now=now)
    Breaker.objects.update(
        failures=7,
        reason="Connection refused <b>",
        failing_since=timezone.now() - timedelta(minutes=12),
        open_until=timezone.now() + timedelta(minutes=2, seconds=30),
    )
    return Breaker.objects.get()


def text_of(page):
    return " ".join(page.content.decode().split())


def press(browser, verb, row):
    return messages_of(browser.post(address(BREAKER, "handle", row.pk, verb), follow=True))


def test_the_first_screen_tells_whose_calls_rest_since_when_why_and_until_when(superuser, breaker):
    text = text_of(superuser.get("/admin/"))
    assert "Systems out of reach" in text
    assert page_of(breaker) in text
    assert f"since {breaker.failing_since:%Y-%m-%d %H:%M} UTC, 7 calls in a row; tried again in 2 min" in text
    assert "Connection refused &lt;b&gt;" in text
    Breaker.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    assert "7 calls in a row; the next items tell" in text_of(superuser.get("/admin/"))
    Breaker.objects.update(open_until=None)
    assert "Systems out of reach" not in text_of(superuser.get("/admin/"))


def test_its_page_leads_to_the_system_and_to_what_waits_for_it(superuser, breaker):
    page = superuser.get(page_of(breaker))
    assert page_of(breaker.system) in text_of(page)
    assert "?view=waiting&amp;client__id__exact=" in text_of(page)
    assert [title for title, *_ in page.context["verbs"]] == ["Try a few items now", "Send everything again"]
    assert "Open" in text_of(superuser.get(address(BREAKER)))
    assert page_of(breaker) in text_of(superuser.get(page_of(breaker.system)))


def test_a_few_items_are_tried_without_waiting_for_the_end_of_the_rest(superuser, breaker):
    assert "asked again" in press(superuser, "ask", breaker)[0]
    breaker.refresh_from_db()
    assert breaker.open_until <= timezone.now()
    assert breaker.failures == 7
    assert "It is not resting" in press(superuser, "ask", breaker)[0]
    assert AuditEntry.objects.latest("pk").act == "end pause of breaker"


def test_a_new_secret_of_the_system_is_tried_at_once(superuser, breaker, django_capture_on_commit_callbacks):
    Breaker.objects.update(openings=9, open_until=timezone.now() + timedelta(minutes=9))
    form = superuser.get(page_of(breaker.system)).context["adminform"].form
    given = {name: value for name, value in form.initial.items() if value is not None}
    with django_capture_on_commit_callbacks(execute=True):
        superuser.post(page_of(breaker.system), {**given, "new_secret": "hunter2"})
    breaker.refresh_from_db()
    assert breaker.system.secret == "hunter2"
    assert breaker.open_until <= timezone.now()


def test_it_is_closed_and_everything_is_sent_again(superuser, breaker):
    answer = superuser.post(address(BREAKER, "handle", breaker.pk, "close"))
    assert (answer.status_code, answer.url) == (302, address(BREAKER))
    assert not Breaker.objects.exists()
    assert AuditEntry.objects.latest("pk").act == "close breaker"


def test_the_first_screen_asks_as_many_questions_of_thirty_breakers_as_of_one(superuser, breaker, now):
    def questions():
        with CaptureQueriesContext(connection) as queries:
            superuser.get("/admin/")
        return len(queries)

    questions()
    alone = questions()
    gather(range(1, 30), now=now)
    assert questions() == alone
