from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations import records
from integrations.canonical import Shape
from integrations.errors import Refused
from integrations.models import EntityProperty, Record
from integrations.records import InvalidRecords, Stored
from tests.cast import payment_row, store_payments


@pytest.fixture
def store(acme, payment, now):
    """Stores rows of Acme's at a moment: `store(row, …, at=now)`."""
    return lambda *rows, at=now: records.store(acme, payment, rows, now=at)


def test_a_new_record_is_created_with_all_it_says(store, acme, payment, now):
    assert store(payment_row(7, updated_on=now)) == Stored(created=1)
    record = Record.objects.get(client=acme, entity=payment)
    assert (record.item_id, record.item_name) == ("00000000-0000-0000-0000-000000000007", "P-7")
    assert record.data["Amount"] == "100"
    assert record.data["Urgent"] is None
    assert (record.item_updated_on, record.stored_on, record.row_version) == (now, now, 1)


def test_a_newer_version_replaces_the_record(store, now):
    store(payment_row(7, updated_on=now))
    later = now + timedelta(hours=1)
    assert store(payment_row(7, updated_on=later, Status="Paid"), at=later) == Stored(updated=1)
    record = Record.objects.get()
    assert (record.data["Status"], record.item_updated_on) == ("Paid", later)
    assert (record.stored_on, record.row_version) == (later, 2)


def test_another_content_under_the_same_version_replaces_the_record(store, now):
    store(payment_row(7, updated_on=now))
    assert store(payment_row(7, updated_on=now, Status="Paid")) == Stored(updated=1)
    assert Record.objects.get().data["Status"] == "Paid"


def test_storing_an_unchanged_record_moves_nothing(store, now):
    store(payment_row(7, updated_on=now))
    before = Record.objects.values().get()
    assert store(payment_row(7, updated_on=now), at=now + timedelta(days=1)) == Stored(unchanged=1)
    assert Record.objects.values().get() == before


def test_an_older_version_is_ignored(store, now):
    store(payment_row(7, updated_on=now))
    before = Record.objects.values().get()
    older = payment_row(7, updated_on=now - timedelta(microseconds=1), Status="Paid")
    assert store(older, at=now + timedelta(days=1)) == Stored(stale=1)
    assert Record.objects.values().get() == before


def test_of_several_rows_with_one_item_id_the_newest_counts(store, now):
    versions = [now, now + timedelta(seconds=2), now + timedelta(seconds=1)]
    rows = [payment_row(7, updated_on=version, Status=str(version.second)) for version in versions]
    assert store(*rows) == Stored(created=1, stale=2)
    assert Record.objects.get().data["Status"] == "2"


def test_the_later_of_two_rows_with_one_item_id_and_version_counts(store, now):
    rows = [payment_row(7, updated_on=now, Status=status) for status in ("Open", "Paid")]
    assert store(*rows) == Stored(created=1, stale=1)
    assert Record.objects.get().data["Status"] == "Paid"


def test_every_row_of_a_call_is_counted_once(store, now):
    store(*(payment_row(number, updated_on=now) for number in range(4)))
    rows = [
        payment_row(0, updated_on=now),
        payment_row(1, updated_on=now, Status="Paid"),
        payment_row(2, updated_on=now + timedelta(1)),
        payment_row(3, updated_on=now - timedelta(1)),
        payment_row(4, updated_on=now),
    ]
    assert store(*rows) == Stored(created=1, updated=2, unchanged=1, stale=1)


def test_many_rows_are_stored_in_chunks(store, now, monkeypatch):
    monkeypatch.setattr(records, "CHUNK", 3)
    assert store(*(payment_row(number, updated_on=now) for number in range(10))) == Stored(created=10)
    assert Record.objects.count() == 10


def test_no_rows_are_no_work(store, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        assert store() == Stored()


def test_one_invalid_row_keeps_all_from_being_stored(store, now):
    rows = [
        payment_row(1, updated_on=now),
        payment_row(2, updated_on=now, Amount="much"),
        "no object",
        payment_row(3, updated_on=now, Colour="red"),
    ]
    with pytest.raises(InvalidRecords) as refusal:
        store(*rows)
    assert [(index, field) for index, field, _ in refusal.value.errors] == [
        (1, "Amount"),
        (2, None),
        (3, "Colour"),
    ]
    assert [fault.field for fault in refusal.value.faults] == ["[1].Amount", "[2]", "[3].Colour"]
    assert not Record.objects.exists()


def test_at_most_a_hundred_faults_are_reported(store, now):
    with pytest.raises(InvalidRecords) as refusal:
        store(*[None] * 1000)
    assert len(refusal.value.errors) == 100


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_text_that_no_database_keeps_is_refused(store, now, text):
    with pytest.raises(InvalidRecords) as refusal:
        store(payment_row(1, updated_on=now, Status=text))
    assert refusal.value.field == "[0].Status"


def test_clients_hold_records_of_the_same_id_apart(acme, borealis, payment, now):
    store_payments(acme, payment, 1, now=now)
    store_payments(borealis, payment, 1, now=now, Status="Paid")
    assert Record.objects.get(client=acme).data["Status"] == "Open"
    assert Record.objects.get(client=borealis).data["Status"] == "Paid"


def test_an_entity_that_gains_a_property_leaves_its_records_unchanged(store, payment, now):
    store(payment_row(7, updated_on=now))
    EntityProperty.objects.create(entity=payment, name="Colour", type="String", position=99)
    assert store(payment_row(7, updated_on=now)) == Stored(unchanged=1)


def test_deleting_answers_how_many_records_there_were(acme, borealis, payment, now):
    store_payments(acme, payment, 3, now=now)
    store_payments(borealis, payment, 3, now=now)
    ids = [str(payment_row(number, updated_on=now)["Id"]) for number in (1, 2, 9)]
    assert records.delete(acme, payment, [*ids, "a\0b", "\ud800"]) == 2
    assert Record.objects.filter(client=acme).count() == 1
    assert Record.objects.filter(client=borealis).count() == 3


calls = st.lists(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3), st.sampled_from("AB")), max_size=6), max_size=6
)


@given(calls=calls)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_whatever_the_order_of_calls_the_newest_version_is_held(acme, payment, now, calls):
    Record.objects.all().delete()
    held = {}
    for rows in calls:
        records.store(
            acme,
            payment,
            [
                payment_row(number, updated_on=now + timedelta(hours=hour), Status=status)
                for number, hour, status in rows
            ],
            now=now,
        )
        for number, hour, status in rows:
            if number not in held or hour >= held[number][0]:
                held[number] = (hour, status)
    expected = {
        f"P-{number}": (now + timedelta(hours=hour), status) for number, (hour, status) in held.items()
    }
    found = Record.objects.values_list("item_name", "item_updated_on", "data__Status")
    assert {name: (updated_on, status) for name, updated_on, status in found} == expected


@pytest.mark.django_db(transaction=True)
def test_two_stores_at_once_leave_the_newest_version_of_every_row(acme, payment, now):
    """Each stores all rows, in opposite orders and with versions that win in turn."""
    start = Barrier(2)

    def store_all(parity):
        rows = [
            payment_row(number, updated_on=now + timedelta(seconds=(number + parity) % 2))
            for number in range(200)
        ]
        start.wait()
        try:
            for chunk in (rows[::-1], rows):
                records.store(acme, payment, chunk, now=now)
        finally:
            connection.close()

    threads = [Thread(target=store_all, args=(parity,)) for parity in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Record.objects.filter(item_updated_on=now + timedelta(seconds=1)).count() == 200


def test_a_shape_is_refused_when_the_entity_does_not_hold_together(payment):
    payment.key_property = "Nothing"
    with pytest.raises(Refused, match="declares no property Nothing"):
        Shape.of(payment)
    payment.key_property, payment.updated_on_property = "Id", "Number"
    with pytest.raises(Refused, match="has to be a DateTime"):
        Shape.of(payment)
