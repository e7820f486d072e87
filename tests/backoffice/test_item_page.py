"""The page of one item: why it is there, what was tried, what happens next."""

import shlex
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from channels import points
from channels.models import MessageLog
from integrations.models import ClientIntegration
from queues.admin.curl import as_curl
from queues.admin.outlook import foretell
from queues.models import Breaker, IntegrationQueue
from queues.states import State
from tests.backoffice.people import page_of
from tests.cast import payment_row, store_payments


def test_an_exchange_becomes_a_command_without_its_secrets():
    command = as_curl('POST https://erp.example.com/a?key=***\nAccept: it\'s\nX-Api-Key: ***\n\n{"a": 1}')
    assert command == (
        "curl -X POST 'https://erp.example.com/a?key=***' \\\n"
        """  -H 'Accept: it'"'"'s' \\\n"""
        """  -H 'X-Api-Key: '"${X_API_KEY}" \\\n"""
        """  --data-raw '{"a": 1}'"""
    )


@given(st.text(), st.text(alphabet=st.characters(exclude_characters="\n")))
def test_nothing_that_was_logged_breaks_out_of_the_command(body, header):
    words = shlex.split(as_curl(f"PUT https://x.example\nX: {header}\n\n{body}").replace("\\\n", ""))
    assert words[:4] == ["curl", "-X", "PUT", "https://x.example"]
    assert words[6:] == (["--data-raw", body] if body else [])


@pytest.fixture
def item(acme_payments, now):
    return IntegrationQueue.objects.create(
        client_integration=acme_payments,
        client=acme_payments.client,
        integration=acme_payments.integration,
        item_id="P-1",
        item_name="Payment 1",
        item_updated_on=now,
        created_on=now,
        updated_on=now,
        due_at=now,
    )


@pytest.mark.parametrize(
    ("state", "later", "told"),
    [
        (State.PENDING, 0, "Attempt 1 of 7 is due now"),
        (State.RETRYING, 300, "Attempt 1 of 7 is due in 5\xa0minutes, at 2026-03-02 12:05:00 UTC."),
        (State.PENDING, None, "It waits. The client has switched the integration off."),
        (State.PROCESSING, 60, "A worker has taken it at this moment."),
        (State.PROCESSING, -600, "silent for 10\xa0minutes"),
        (State.SUCCEEDED, None, "It has been delivered."),
        (State.DEAD_LETTER, None, "mend the cause"),
        (State.CANCELLED, None, "Only a person opens it again."),
        (State.ON_HOLD, None, "until somebody releases it."),
    ],
)
def test_it_tells_what_happens_next(item, now, state, later, told):
    item.state, item.due_at = state, None if later is None else now + timedelta(seconds=later)
    ClientIntegration.objects.update(enabled=later is not None, runnable=later is not None)
    assert told in foretell(item, now=now)[0]


def test_a_try_beyond_those_of_the_definition_is_not_counted_against_them(item, now):
    item.attempt = item.integration.max_attempts
    assert foretell(item, now=now)[0].startswith("Attempt 8 is due now")


def test_it_tells_that_calls_to_the_system_rest(item, now):
    Breaker.objects.create(
        client=item.client,
        system=item.integration.system,
        failures=5,
        open_until=now + timedelta(minutes=1),
    )
    assert foretell(item, now=now)[1] == (
        "Calls to the system rest until 12:01:00 UTC, after 5 failures in a row."
    )
    Breaker.objects.update(open_until=now)
    assert foretell(item, now=now)[1] == (
        "The system is tried with a few items first, after 5 failures in a row."
    )
    Breaker.objects.update(open_until=None)
    assert len(foretell(item, now=now)) == 1


def test_it_shows_why_the_item_matched_clause_by_clause_with_the_values(superuser, item, acme, payment, now):
    store_payments(acme, payment, 1, now=now)
    IntegrationQueue.objects.update(item_id=payment_row(1, updated_on=now)["Id"])
    item.integration.filter = 'x => x.Amount > 1 && x.Status == "Closed"'
    item.integration.save()
    page = superuser.get(page_of(item))
    clauses = [(clause.text, clause.holds) for clause in page.context["why"].clauses]
    assert clauses == [("x.Amount > 1", True), ('x.Status == "Closed"', False)]
    text = page.content.decode()
    assert "Why it does not match any more" in text
    assert "Status = Open" in text


def test_an_open_item_keeps_itself_up_to_date_and_a_settled_one_does_not(superuser, item):
    assert 'data-live="2"' in superuser.get(page_of(item)).content.decode()
    IntegrationQueue.objects.update(state=State.SUCCEEDED, due_at=None, finished_on=timezone.now())
    text = superuser.get(page_of(item)).content.decode()
    assert 'data-live="' not in text
    assert "data-live-beside" in text


def test_an_item_of_a_channel_leads_to_its_message_and_to_the_channel(
    superuser, operator, item, acme, as_staff, now
):
    point = points.create(acme, {"code": "SHOP", "type": "public"}, by=as_staff, now=now)
    message = MessageLog.objects.create(
        client=acme, point=point, direction="out", on=now, size=2, outcome="Waiting", item=item
    )
    page = superuser.get(page_of(item)).content.decode()
    assert page_of(message) in page
    assert page_of(point) in page
    assert page_of(message) not in operator("queue.view_integrationqueue").get(page_of(item)).content.decode()
