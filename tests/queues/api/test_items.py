"""The queue over REST: what is in it, and what people do to its items."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.principals import Scope
from queues.models import IntegrationQueue
from queues.states import State
from tests.api import fields, make_program
from tests.cast import make_activation, make_integration

PATH = "/hub/v1/queue/"


def make_item(activation, number, now, **columns):
    return IntegrationQueue.objects.create(
        client_integration=activation,
        client=activation.client,
        integration=activation.integration,
        item_id=f"{number}",
        item_name=f"P-{number}",
        item_updated_on=now,
        created_on=now,
        updated_on=now,
        **{"state": State.PENDING, "due_at": now, **columns},
    )


def make_dead(activation, number, now):
    return make_item(
        activation, number, now, state=State.DEAD_LETTER, due_at=None, attempt=7, message="422: No."
    )


def do(api, item, verb, **options):
    return api.post_json(f"{PATH}{item.pk}/{verb}/", **options)


@pytest.fixture
def item(acme_payments, now):
    return make_item(acme_payments, 1, now)


@pytest.fixture
def dead(acme_payments, now):
    return make_dead(acme_payments, 2, now)


def test_an_item_tells_where_it_stands(acme_api, dead, acme_payments, payments_out):
    response = acme_api.get(f"{PATH}{dead.pk}/")
    assert response["ETag"] == '"1"'
    row = response.json()
    assert {
        name: row[name] for name in ("id", "cycle", "state", "attempt", "message", "item_id", "item_name")
    } == {
        "id": dead.pk,
        "cycle": 1,
        "state": "DeadLetter",
        "attempt": 7,
        "message": "422: No.",
        "item_id": "2",
        "item_name": "P-2",
    }
    assert (row["client"], row["client_integration"], row["integration"]) == (
        "acme",
        acme_payments.pk,
        payments_out.pk,
    )
    assert row["item_updated_on"] == "2026-03-02T12:00:00Z"
    assert row["due_at"] is None
    assert row["idempotency_key"] == f"{dead.pk}-1"
    assert {"action_log_id", "run", "started_on", "finished_on", "row_version"} <= set(row)


def test_a_page_has_its_count_and_the_way_on(acme_api, acme_payments, now):
    items = [make_item(acme_payments, number, now) for number in range(5)]
    page = acme_api.get(f"{PATH}?state=Pending&direction=Outbound&limit=2").json()
    assert set(page) == {"count", "next", "results"}
    assert page["count"] == 5
    assert [row["id"] for row in page["results"]] == [items[4].pk, items[3].pk]
    following = acme_api.get(page["next"]).json()
    assert [row["id"] for row in following["results"]] == [items[2].pk, items[1].pk]
    last = acme_api.get(following["next"]).json()
    assert ([row["id"] for row in last["results"]], last["next"]) == ([items[0].pk], None)


def test_a_page_holds_up_to_a_thousand_items(acme_api, acme_payments, now):
    made = IntegrationQueue.objects.bulk_create(
        IntegrationQueue(
            client_integration=acme_payments,
            client=acme_payments.client,
            integration=acme_payments.integration,
            item_id=f"{number}",
            item_name="P",
            item_updated_on=now,
            created_on=now,
            updated_on=now,
        )
        for number in range(1001)
    )
    page = acme_api.get(f"{PATH}?limit=1000").json()
    assert (page["count"], len(page["results"])) == (len(made), 1000)
    assert acme_api.get(f"{PATH}?limit=1001").status_code == 400


def test_the_queue_is_narrowed(acme_api, acme_payments, item, dead, now):
    def names(query):
        response = acme_api.get(f"{PATH}?{query}")
        assert response.status_code == 200, response.json()
        return [row["item_name"] for row in response.json()["results"]]

    assert names("state=DeadLetter") == ["P-2"]
    assert names("direction=Inbound") == []
    assert names(f"integration={acme_payments.integration_id}&direction=Outbound") == ["P-2", "P-1"]
    assert names(f"client_integration={acme_payments.pk}&client=acme&item_id=1") == ["P-1"]
    assert names("integration=0") == []
    assert names("due_before=2026-03-02T12:00:01Z") == ["P-1"]
    assert names("due_before=2026-03-02T12:00:00Z") == []
    assert names("updated_from=2026-03-02T14:00:00%2B02:00") == ["P-2", "P-1"]


@pytest.mark.parametrize("query", ["state=Dead", "state=deadletter", "direction=outbound", "integration=one"])
def test_a_value_that_does_not_exist_is_refused(acme_api, query):
    response = acme_api.get(f"{PATH}?{query}")
    assert response.status_code == 400
    assert list(fields(response)) == [query.partition("=")[0]]


def test_a_dead_letter_is_retried_as_a_new_cycle(acme_api, dead):
    response = do(acme_api, dead, "retry", headers={"if-match": '"1"'})
    assert response.status_code == 200
    row = response.json()
    assert (row["state"], row["attempt"], row["cycle"], row["message"]) == ("Pending", 0, 2, None)
    assert row["due_at"] is not None
    assert response["ETag"] == '"2"'


def test_an_item_is_held_released_and_cancelled(acme_api, item):
    for verb, state in (("hold", "OnHold"), ("release", "Pending"), ("cancel", "Cancelled")):
        assert do(acme_api, item, verb).json()["state"] == state


@pytest.mark.parametrize(
    ("state", "verb"),
    [("Pending", "retry"), ("Pending", "release"), ("DeadLetter", "hold"), ("DeadLetter", "cancel")],
)
def test_what_a_state_does_not_allow_is_a_conflict(acme_api, item, dead, state, verb):
    target = item if state == "Pending" else dead
    response = do(acme_api, target, verb)
    assert response.status_code == 409
    assert fields(response) == {}
    assert IntegrationQueue.objects.get(pk=target.pk).state == state


def test_an_item_that_has_moved_since_it_was_read_is_left_alone(acme_api, item):
    assert do(acme_api, item, "hold", headers={"if-match": '"7"'}).status_code == 412
    assert IntegrationQueue.objects.get().state == State.PENDING


def test_handling_needs_the_scope_to_operate(acme, item):
    assert do(make_program(acme, [Scope.READ, Scope.WRITE]), item, "hold").status_code == 403
    assert do(make_program(acme, [Scope.OPERATE]), item, "hold").status_code == 200


def test_items_cannot_be_written_past_the_verbs(acme_api, item):
    for method in (acme_api.patch, acme_api.put, acme_api.delete):
        assert method(f"{PATH}{item.pk}/", {}, content_type="application/json").status_code == 405
    assert acme_api.post_json(PATH, {}).status_code == 405


@pytest.mark.parametrize("verb", ["retry", "cancel", "hold", "release"])
def test_nobody_handles_the_items_of_another(borealis_api, item, dead, verb):
    for target in (item, dead):
        foreign = do(borealis_api, target, verb)
        missing = borealis_api.post_json(f"{PATH}999999/{verb}/")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.content == missing.content
    assert set(IntegrationQueue.objects.values_list("state", flat=True)) == {"Pending", "DeadLetter"}


def test_staff_see_the_items_of_all_clients(staff_api, item, borealis, payments_out, now):
    theirs = make_item(make_activation(borealis, payments_out, now=now), 1, now)
    rows = staff_api.get(PATH).json()["results"]
    assert [(row["client"], row["id"]) for row in rows] == [("borealis", theirs.pk), ("acme", item.pk)]
    for_acme = staff_api.get(PATH, headers={"x-hub-client": "acme"}).json()
    assert [row["id"] for row in for_acme["results"]] == [item.pk]
    assert [row["id"] for row in staff_api.get(f"{PATH}?client=borealis").json()["results"]] == [theirs.pk]


def test_fifty_items_cost_as_many_queries_as_one(acme_api, acme_payments, payment, now):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            rows = acme_api.get(f"{PATH}?direction=Outbound").json()["results"]
        return len(rows), len(queries)

    acme_api.get("/hub/v1/")
    make_item(acme_payments, 0, now)
    assert cost() == (1, 3)
    other = make_activation(acme_payments.client, make_integration(payment, name="Other", now=now), now=now)
    for number in range(1, 50):
        make_item(other if number % 2 else acme_payments, number, now)
    assert cost() == (50, 3)
