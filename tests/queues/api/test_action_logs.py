"""What was executed, over REST."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from queues.models import ActionAttempt, ActionLog, AttemptBody
from tests.queues.api.test_items import make_item

PATH = "/hub/v1/action-logs/"


def make_log(activation, number, now):
    """One cycle: a failure whose bodies have been pruned, and a success with its bodies."""
    item = make_item(activation, number, now)
    log = ActionLog.objects.create(
        item=item,
        client=activation.client,
        client_integration=activation,
        cycle=1,
        version=1,
        started_on=now,
    )
    failed, done = (
        ActionAttempt.objects.create(
            log=log, number=number, started_on=now, duration_ms=12, outcome=outcome, status=status
        )
        for number, outcome, status in ((1, "Retry", 503), (2, "Done", 201))
    )
    assert failed.pk < done.pk
    AttemptBody.objects.create(attempt=done, request="POST /payments", response="created", created_on=now)
    return log


@pytest.fixture
def log(acme_payments, now):
    return make_log(acme_payments, 1, now)


def test_a_list_has_the_attempts_without_their_bodies(acme_api, log):
    (row,) = acme_api.get(PATH).json()["results"]
    assert (row["id"], row["client"], row["item"], row["cycle"]) == (log.pk, "acme", log.item_id, 1)
    assert [(each["number"], each["outcome"], each["status"]) for each in row["attempts"]] == [
        (1, "Retry", 503),
        (2, "Done", 201),
    ]
    assert "request" not in row["attempts"][0]


def test_one_log_has_the_bodies_that_are_still_there(acme_api, log):
    attempts = acme_api.get(f"{PATH}{log.pk}/").json()["attempts"]
    assert [(each["request"], each["response"]) for each in attempts] == [
        (None, None),
        ("POST /payments", "created"),
    ]


def test_logs_are_narrowed(acme_api, log, acme_payments, now):
    other = make_log(acme_payments, 2, now)

    def ids(query):
        return [row["id"] for row in acme_api.get(f"{PATH}?{query}").json()["results"]]

    assert ids(f"item={log.item_id}") == [log.pk]
    assert ids(f"client_integration={acme_payments.pk}&client=acme") == [other.pk, log.pk]
    assert ids("started_from=2026-03-02T12:00:01Z") == []


def test_logs_are_nobody_else_s_and_only_read(acme_api, borealis_api, log):
    assert borealis_api.get(PATH).json()["results"] == []
    assert borealis_api.get(f"{PATH}{log.pk}/").status_code == 404
    assert acme_api.delete(f"{PATH}{log.pk}/").status_code == 405


def test_fifty_logs_cost_as_many_queries_as_one(acme_api, log, acme_payments, now):
    def cost(path):
        with CaptureQueriesContext(connection) as queries:
            assert acme_api.get(path).status_code == 200
        return len(queries)

    acme_api.get("/hub/v1/")
    assert cost(PATH) == 4
    for number in range(2, 51):
        make_log(acme_payments, number, now)
    assert cost(PATH) == 4
    assert cost(f"{PATH}{log.pk}/") == 4
