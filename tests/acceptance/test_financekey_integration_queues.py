"""PATCH /OData/IntegrationQueues({key}), as its document prints it, and what writing to the queue may do.

Known damage in the document: the name of the property before the state is lost (it is Message here), and the
response is "200 OK" without a body.
"""

import pytest

from queues.models import ActionLog, IntegrationQueue
from queues.states import State
from tests.acceptance.financekey import (
    DEFAULT,
    INTEGRATION_QUEUE,
    MEDIA_TYPES,
    faults,
    patch,
    post,
    read,
    said,
)
from tests.api import acme_api, make_program, staff_api
from tests.cast import make_activation, make_integration

__all__ = ["acme_api", "staff_api"]

ITEM = {"ItemName": "Invoice 1", "ItemId": "1", "ItemUpdatedOn": "2026-03-02T12:00:00Z"}


@pytest.fixture
def item(acme_payments, now):
    """A pending item of Acme's."""
    return IntegrationQueue.objects.create(
        client_integration=acme_payments,
        client=acme_payments.client,
        integration=acme_payments.integration,
        item_id="1",
        item_name="Invoice 1",
        item_updated_on=now,
        attempt=2,
        due_at=now,
        created_on=now,
        updated_on=now,
    )


@pytest.fixture
def address(item):
    return f"IntegrationQueues({item.pk})"


@pytest.fixture
def valid(item, payment, acme, now):
    """For every documented property a value other than the present one, where there is one."""
    other = make_integration(payment, now=now, name="Another export")
    activation = make_activation(acme, other, now=now)
    log = ActionLog.objects.create(
        item=item, client=acme, client_integration=activation, cycle=1, version=1, started_on=now
    )
    return {
        "IntegrationId": other.pk,
        "ItemName": "n" * 450,
        "ActionLogId": log.pk,
        "ItemId": "i" * 450,
        "ItemUpdatedOn": "2026-03-02T14:00:00.5Z",
        "Attempt": 0,
        "Message": "Looked at by hand.",
        "IntegrationQueueStateId": "OnHold",
        "ClientIntegrationId": activation.pk,
    }


def _written(value):
    return value.replace(".5Z", ".500000Z") if isinstance(value, str) else value


def in_state(item, state, **columns):
    """The item as the engine would have left it."""
    due = item.created_on if state in (State.PENDING, State.RETRYING, State.PROCESSING) else None
    message = "Refused." if state == State.DEAD_LETTER else None
    rows = IntegrationQueue.objects.filter(pk=item.pk)
    rows.update(**{"state": state, "due_at": due, "message": message, **columns})


def test_a_read_has_every_documented_property_in_order_and_of_its_type(acme_api, address):
    entity = read(acme_api, address)
    assert list(said(entity))[: len(INTEGRATION_QUEUE) + 1] == [
        "Id",
        *(name for name, _, _ in INTEGRATION_QUEUE),
    ]
    for name, kind, nullable in INTEGRATION_QUEUE:
        assert type(entity[name]) is kind or (nullable and entity[name] is None), name
    assert entity["ItemUpdatedOn"] == "2026-03-02T12:00:00Z"
    assert entity["@odata.context"].endswith("$metadata#IntegrationQueues/$entity")


def test_each_documented_property_is_patched_alone(acme_api, address, valid):
    before = read(acme_api, address)
    follows = {"IntegrationId": ("ClientIntegrationId",), "ClientIntegrationId": ("IntegrationId",)}
    for name, _, _ in INTEGRATION_QUEUE:
        response = patch(acme_api, address, {name: valid[name]})
        assert response.status_code == 200, (name, response.content)
        after = response.json()
        assert after[name] == _written(valid[name])
        changing = (name, *follows.get(name, ()))
        assert said(after, but=changing) == said(before, but=changing)
        before = after
    assert read(acme_api, address) == before
    assert before["IntegrationId"] == valid["IntegrationId"]


@pytest.mark.parametrize("level", ["minimal", "full", "none", None])
def test_one_patch_with_all_of_them_in_each_media_type(acme_api, address, valid, level):
    fitting = [
        each for each in MEDIA_TYPES if (f"metadata={level}" in each if level else "metadata" not in each)
    ]
    assert len(fitting) == 9
    for number, media_type in enumerate(fitting):
        body = {**valid, "Message": f"{number}"}
        response = patch(acme_api, address, body, media_type, accept=media_type)
        assert response.status_code == 200, (media_type, response.content)
        entity = response.json()
        assert {name: entity[name] for name in body} == {name: _written(each) for name, each in body.items()}
        assert set(media_type.split(";")) <= set(response["Content-Type"].split(";"))
        annotated = entity.get("ItemUpdatedOn@odata.type")
        assert annotated == ("#DateTimeOffset" if level == "full" else None)


def test_what_is_just_within_a_bound_is_taken(acme_api, address):
    for name, value in (
        ("ItemName", "\U0001f600" * 450),
        ("ItemName", "n"),
        ("ItemId", "\u00e4" * 450),
        ("ItemId", "i"),
        ("Message", "m" * 2000),
        ("Message", ""),
    ):
        response = patch(acme_api, address, {name: value})
        assert response.status_code == 200, (name, response.content)
        assert response.json()[name] == value


@pytest.mark.scale
def test_each_documented_property_is_patched_alone_in_each_media_type(acme_api, address, valid):
    for name, _, _ in INTEGRATION_QUEUE:
        for media_type in MEDIA_TYPES:
            response = patch(acme_api, address, {name: valid[name]}, media_type, accept=media_type)
            assert response.status_code == 200, (name, media_type, response.content)
            assert response.json()[name] == _written(valid[name])


def test_what_is_beyond_a_bound_is_refused_and_named(acme_api, address):
    before = read(acme_api, address)
    for name, value in (
        ("ItemName", "n" * 451),
        ("ItemName", ""),
        ("ItemName", None),
        ("ItemId", "i" * 451),
        ("ItemId", ""),
        ("ItemId", None),
        ("ItemUpdatedOn", None),
        ("ItemUpdatedOn", "2026-03-02T12:00:00"),
        ("ItemUpdatedOn", "yesterday"),
        ("Attempt", None),
        ("Attempt", 1),
        ("Attempt", "0"),
        ("Message", "m" * 2001),
        ("IntegrationId", None),
        ("IntegrationId", 987_654_321),
        ("ClientIntegrationId", 987_654_321),
        ("ClientIntegrationId", 2**31),
        ("ActionLogId", 987_654_321),
        ("IntegrationQueueStateId", "s" * 451),
        ("IntegrationQueueStateId", "Nowhere"),
    ):
        assert set(faults(patch(acme_api, address, {name: value}))) == {name}, (name, value)
    assert read(acme_api, address) == before


def test_null_is_no_say_where_the_document_allows_it(acme_api, address):
    before = read(acme_api, address)
    nothing = {
        "IntegrationQueueStateId": None,
        "ClientIntegrationId": None,
        "ActionLogId": None,
        "Message": None,
    }
    after = patch(acme_api, address, nothing).json()
    assert after == before
    assert patch(acme_api, address, {}).json() == before


@pytest.mark.parametrize(
    ("state", "reachable"),
    [
        (State.PENDING, {"Cancelled", "OnHold", "Succeeded", "DeadLetter"}),
        (State.RETRYING, {"Pending", "Cancelled", "OnHold", "Succeeded", "DeadLetter"}),
        (State.PROCESSING, {"Cancelled"}),
        (State.SUCCEEDED, {"Pending"}),
        (State.DEAD_LETTER, {"Pending", "Succeeded"}),
        (State.CANCELLED, {"Pending"}),
        (State.ON_HOLD, {"Pending", "Cancelled", "Succeeded", "DeadLetter"}),
    ],
)
def test_a_state_is_reached_only_from_where_it_is_legal(acme_api, address, item, state, reachable):
    for target in sorted(State.values):
        in_state(item, state)
        response = patch(acme_api, address, {"IntegrationQueueStateId": target})
        if target == state or target in reachable:
            assert response.json()["IntegrationQueueStateId"] == target, response.content
        else:
            faults(response, 409)
            assert read(acme_api, address)["IntegrationQueueStateId"] == state
    in_state(item, State.PENDING)


def test_what_is_being_executed_is_left_alone(acme_api, address, item):
    in_state(item, State.PROCESSING)
    faults(patch(acme_api, address, {"ItemName": "Other"}), 409)
    assert patch(acme_api, address, {"ItemName": "Invoice 1"}).status_code == 200
    assert acme_api.delete(f"/OData/{address}").status_code == 204
    assert read(acme_api, address)["IntegrationQueueStateId"] == "Cancelled"


def test_finishing_by_hand_tells_of_it(acme_api, address, item):
    dead = patch(
        acme_api, address, {"IntegrationQueueStateId": "DeadLetter", "Error": "Paid by hand."}
    ).json()
    assert (dead["Message"], dead["DueOn"], dead["Attempt"]) == ("Paid by hand.", None, 2)
    assert dead["FinishedOn"] is not None
    assert set(faults(patch(acme_api, address, {"Message": None}))) == {"Message"}
    done = patch(acme_api, address, {"IntegrationQueueStateId": "Succeeded"}).json()
    assert (done["Message"], done["Attempt"]) == (None, 0)
    faults(acme_api.delete(f"/OData/{address}"), 409)
    again = patch(acme_api, address, {"IntegrationQueueStateId": "Pending"}).json()
    assert (again["Cycle"], again["FinishedOn"], again["DueOn"] is not None) == (2, None, True)


def test_an_item_is_added_for_the_client_s_own_use(acme_api, acme_payments):
    body = {**ITEM, "IntegrationId": acme_payments.integration_id, "ClientIntegrationId": None}
    made = post(acme_api, "IntegrationQueues", body)
    assert made.status_code == 201, made.content
    entity = made.json()
    assert entity["ClientIntegrationId"] == acme_payments.pk
    assert (entity["IntegrationQueueStateId"], entity["Attempt"]) == ("Pending", 0)
    assert made["Location"] == f"http://testserver/OData/IntegrationQueues({entity['Id']})"
    faults(post(acme_api, "IntegrationQueues", body), 409)
    held = {
        **ITEM,
        "ItemId": "2",
        "ClientIntegrationId": acme_payments.pk,
        "IntegrationQueueStateId": "OnHold",
    }
    assert post(acme_api, "IntegrationQueues", held).json()["IntegrationQueueStateId"] == "OnHold"
    under = f"ClientIntegrations({acme_payments.pk})/IntegrationQueues"
    assert post(acme_api, under, {**ITEM, "ItemId": "3"}).json()["ClientIntegrationId"] == acme_payments.pk
    assert len(read(acme_api, under)["value"]) == 3


def test_an_item_that_cannot_be_added_is_not(acme_api, staff_api, acme_payments, payment, now):
    unused = make_integration(payment, now=now, name="Not taken up")
    own = {"IntegrationId": acme_payments.integration_id}
    for body, named in (
        ({**ITEM}, {"IntegrationId"}),
        ({**own}, {"ItemName", "ItemId", "ItemUpdatedOn"}),
        ({**ITEM, "IntegrationId": unused.pk}, {"IntegrationId"}),
        ({**ITEM, "IntegrationId": unused.pk, "ClientIntegrationId": acme_payments.pk}, {"IntegrationId"}),
        ({**ITEM, **own, "Attempt": 3}, {"Attempt"}),
    ):
        assert set(faults(post(acme_api, "IntegrationQueues", body))) == named
    faults(post(acme_api, "IntegrationQueues", {**ITEM, **own, "IntegrationQueueStateId": "Processing"}), 409)
    faults(post(staff_api, "IntegrationQueues", {**ITEM, **own}))
    assert not IntegrationQueue.objects.exists()
    acting = post(staff_api, "IntegrationQueues", {**ITEM, **own}, x_hub_client="acme")
    assert acting.json()["ClientCode"] == "acme"


def test_an_item_moves_with_its_client_integration_while_it_waits(acme_api, address, item, valid):
    faults(
        patch(
            acme_api,
            address,
            {"IntegrationId": valid["IntegrationId"], "ClientIntegrationId": item.client_integration_id},
        )
    )
    twin = {**ITEM, "ClientIntegrationId": valid["ClientIntegrationId"]}
    made = post(acme_api, "IntegrationQueues", twin).json()
    faults(patch(acme_api, address, {"IntegrationId": valid["IntegrationId"]}), 409)
    faults(
        patch(
            acme_api,
            f"IntegrationQueues({made['Id']})",
            {"ItemId": "1", "ClientIntegrationId": item.client_integration_id},
        ),
        409,
    )
    in_state(item, State.SUCCEEDED)
    faults(patch(acme_api, address, {"ClientIntegrationId": valid["ClientIntegrationId"]}), 409)


def test_a_row_is_replaced_whole(acme_api, address):
    put = acme_api.put(f"/OData/{address}", {**ITEM, "ItemName": "Replaced"}, content_type=DEFAULT).json()
    assert (put["ItemName"], put["Attempt"], put["Message"]) == ("Replaced", 0, None)
    assert put["IntegrationQueueStateId"] == "Pending"
    missing = acme_api.put(f"/OData/{address}", {"ItemId": "1"}, content_type=DEFAULT)
    assert set(faults(missing)) == {"ItemName", "ItemUpdatedOn"}


def test_the_operations_are_those_of_the_hub(acme_api, address, item):
    def call(name, **headers):
        return acme_api.post(f"/OData/{address}/{name}", content_type=DEFAULT, headers=headers)

    assert call("Hold").json()["IntegrationQueueStateId"] == "OnHold"
    assert call("FinanceKey.Release").json()["IntegrationQueueStateId"] == "Pending"
    faults(call("Release"), 409)
    faults(call("Cancel", if_match='W/"1"'), 412)
    cancelled = call("cancel")
    assert cancelled.json()["@odata.context"].endswith("#IntegrationQueues/$entity")
    assert call("Retry").json()["Cycle"] == 2
    faults(acme_api.get(f"/OData/{address}/Retry"), 405)
    unknown = acme_api.post(f"/OData/{address}/Retry", {"Hurry": True}, content_type=DEFAULT)
    assert set(faults(unknown)) == {"Hurry"}
    faults(acme_api.post("/OData/IntegrationQueues(987654321)/Retry", content_type=DEFAULT), 404)


def test_writing_to_the_queue_needs_the_scope_for_it(acme, address):
    reader = make_program(acme, {"read", "write"})
    for response in (
        patch(reader, address, {"ItemName": "x"}),
        post(reader, "IntegrationQueues", ITEM),
        reader.delete(f"/OData/{address}"),
        reader.post(f"/OData/{address}/Retry"),
    ):
        faults(response, 403)
