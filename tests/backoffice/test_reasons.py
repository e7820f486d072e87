"""From the first screen to all items that have one trouble, in two steps."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import ClientIntegration
from queues.models import BulkJob, IntegrationQueue
from queues.states import State
from tests.backoffice.people import page_of


@pytest.fixture
def make_dead(acme_payments, now):
    def make(numbers, message):
        rows = [
            IntegrationQueue(
                client_integration=acme_payments,
                client=acme_payments.client,
                integration=acme_payments.integration,
                item_id=str(number),
                item_name=f"P-{number}",
                item_updated_on=now,
                state=State.DEAD_LETTER,
                message=message.format(number),
                finished_on=now,
                created_on=now,
                updated_on=now,
            )
            for number in numbers
        ]
        IntegrationQueue.objects.bulk_create(rows)
        return acme_payments

    return make


def test_one_trouble_of_many_items_is_retried_and_no_other(superuser, make_dead):
    row = make_dead(range(3), "401: who are you?")
    make_dead(range(10, 12), "422: the account LU{} is closed")
    (who, its_list, again), (closed, _, _) = superuser.get(page_of(row)).context["reasons"]
    assert (who.text, who.count, closed.text, closed.count) == (
        "401: who are you?",
        3,
        "422: the account",
        2,
    )
    assert superuser.get(its_list).context["cl"].result_count == 3
    asked = superuser.get(again)
    assert (asked.context["act"].label, asked.context["preview"].legal) == ("Retry with reset", 3)
    assert ">Retry with reset…</a>" in superuser.get(page_of(row)).content.decode()
    superuser.post(again)
    assert BulkJob.objects.get().total == 3


def test_the_page_asks_as_many_questions_of_many_reasons_and_leads_to_the_system(superuser, make_dead):
    row = make_dead(range(1), "401: who are you?")

    def questions():
        with CaptureQueriesContext(connection) as queries:
            page = superuser.get(page_of(row))
        assert page_of(row.integration.system) in page.content.decode()
        return len(queries)

    questions()
    alone = questions()
    for number in range(10, 16):
        make_dead([number], f"4{number}: no")
    assert questions() == alone


def test_who_may_not_retry_sees_the_reasons_alone(operator, make_dead):
    row = make_dead(range(1), "401: who are you?")
    browser = operator("integrations.view_clientintegration", "queue.view_integrationqueue")
    ((reason, _, again),) = browser.get(page_of(row)).context["reasons"]
    assert (reason.count, again) == (1, "")
    assert ClientIntegration.objects.get().runnable
