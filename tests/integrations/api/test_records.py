"""Records over REST: stored many at a time, each by its version."""

import json
from datetime import timedelta

import pytest

from integrations.models import Record
from tests.api import fields
from tests.cast import payment_row, store_payments

PATH = "/hub/v1/records/"


def post_payments(api, now, *numbers, **values):
    rows = [payment_row(number, updated_on=now, **values) for number in numbers]
    return api.post_json(PATH, {"entity": "Payment", "rows": rows})


def test_rows_are_counted_by_what_became_of_them(acme_api, payment, now):
    assert post_payments(acme_api, now, 1, 2).json() == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "stale": 0,
    }
    assert post_payments(acme_api, now, 2, 3).json() == {
        "created": 1,
        "updated": 0,
        "unchanged": 1,
        "stale": 0,
    }
    later = post_payments(acme_api, now + timedelta(hours=1), 1)
    assert later.json() == {"created": 0, "updated": 1, "unchanged": 0, "stale": 0}
    assert post_payments(acme_api, now, 1).json() == {"created": 0, "updated": 0, "unchanged": 0, "stale": 1}


def test_an_error_names_the_row_and_the_property_and_stores_nothing(acme_api, payment, now):
    good, bad = (payment_row(number, updated_on=now) for number in (1, 2))
    response = acme_api.post_json(PATH, {"entity": "Payment", "rows": [good, {**bad, "Amount": "much"}]})
    assert response.status_code == 400
    assert fields(response) == {"rows[1].Amount": "Amount must be a number, or a text such as 1200.50."}
    assert not Record.objects.exists()


def test_a_decimal_keeps_every_digit_it_was_sent_with(acme_api, payment, now):
    body = json.dumps({"entity": "Payment", "rows": [payment_row(1, updated_on=now, Amount=0)]})
    exact = body.replace('"Amount": 0', '"Amount": 12345678901234567890.12345678')
    assert acme_api.post(PATH, exact, content_type="application/json").status_code == 200
    assert Record.objects.get().data["Amount"] == "12345678901234567890.12345678"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rows": []}, "entity"),
        ({"entity": "Payment"}, "rows"),
        ({"entity": "Nothing", "rows": []}, "entity"),
        ({"entity": ["Payment"], "rows": []}, "entity"),
        ({"entity": "Payment", "rows": {}}, "rows"),
        ({"entity": "Payment", "rows": [1]}, "rows[0]"),
        ({"entity": "Payment", "rows": [{}] * 5001}, "rows"),
        ({"entity": "Payment", "rows": [], "client": "borealis"}, "client"),
        ([], ""),
        ("text", ""),
    ],
)
def test_a_body_that_is_none_is_refused_by_name(acme_api, payment, body, field):
    response = acme_api.post(PATH, json.dumps(body), content_type="application/json")
    assert response.status_code == 400
    assert list(fields(response)) == [field]


def test_five_thousand_rows_pass_at_once(acme_api, payment, now):
    assert post_payments(acme_api, now, *range(5000)).json()["created"] == 5000


def test_staff_have_to_name_the_client_they_store_for(staff_api, acme, payment, now):
    response = post_payments(staff_api, now, 1)
    assert response.status_code == 400
    assert list(fields(response)) == ["X-Hub-Client"]
    rows = [payment_row(1, updated_on=now)]
    for_acme = staff_api.post_json(
        PATH, {"entity": "Payment", "rows": rows}, headers={"x-hub-client": "acme"}
    )
    assert for_acme.status_code == 200
    assert Record.objects.get().client == acme


def test_a_list_is_of_one_entity(acme_api, acme, payment, now):
    store_payments(acme, payment, 2, now=now)
    page = acme_api.get(PATH, {"entity": "Payment"}).json()
    assert [row["item_name"] for row in page["results"]] == ["P-1", "P-2"]
    assert page["results"][0]["data"]["Amount"] == "100"
    assert list(fields(acme_api.get(PATH))) == ["entity"]
    assert list(fields(acme_api.get(PATH, {"entity": "Paymnt"}))) == ["entity"]


def test_a_list_is_narrowed_by_item_and_by_time(acme_api, acme, payment, now):
    store_payments(acme, payment, 2, now=now)
    item_id = Record.objects.get(item_name="P-2").item_id
    found = acme_api.get(PATH, {"entity": "Payment", "item_id": item_id}).json()
    assert [row["item_name"] for row in found["results"]] == ["P-2"]
    later = (now + timedelta(seconds=1)).isoformat()
    assert acme_api.get(PATH, {"entity": "Payment", "stored_from": now.isoformat()}).json()["count"] == 2
    assert acme_api.get(PATH, {"entity": "Payment", "stored_from": later}).json()["count"] == 0


def test_a_record_is_deleted_alone(acme_api, acme, payment, now):
    store_payments(acme, payment, 2, now=now)
    first, second = Record.objects.order_by("pk")
    assert acme_api.delete(f"{PATH}{first.pk}/").status_code == 204
    assert list(Record.objects.all()) == [second]


def test_nobody_reads_or_deletes_the_records_of_another(borealis_api, acme, payment, now):
    store_payments(acme, payment, 1, now=now)
    record = Record.objects.get()
    assert borealis_api.get(PATH, {"entity": "Payment"}).json()["results"] == []
    assert borealis_api.get(f"{PATH}{record.pk}/").status_code == 404
    assert borealis_api.delete(f"{PATH}{record.pk}/").status_code == 404
    assert Record.objects.get() == record
