"""Executing items that were pulled: each becomes a record, or says alone why it cannot."""

import pytest

from integrations import records
from integrations.models import Direction, Record
from queues import directions
from queues.inbound import handler, pages
from queues.models import ActionAttempt, InboundPayload
from queues.outbound import ECHO
from queues.states import State
from tests.cast import make_action, make_activation, make_integration, make_system, payment_row
from tests.queues.engine import item, run_drain, run_hourly, run_tick, states
from tests.queues.inbound.feed import payment


def test_a_bad_item_is_a_dead_letter_alone(feed, make_pull, time):
    feed.payments[1]["amount"] = "a lot"
    feed.payments[2]["changed"] = None
    make_pull()
    run_tick(time)

    run_drain()

    assert (item("P-2").state, item("P-2").message) == (
        State.DEAD_LETTER,
        "Amount must be a number, or a text such as 1200.50.",
    )
    assert (item("P-3").state, item("P-3").message) == (State.DEAD_LETTER, "UpdatedOn is required.")
    assert {item(f"P-{number}").state for number in (1, 4, 5)} == {State.SUCCEEDED}
    assert Record.objects.count() == 3


def test_a_dead_letter_that_comes_again_mended_is_stored(feed, make_pull, time):
    feed.payments[1]["amount"] = "a lot"
    make_pull(watermark=None)
    run_tick(time)
    run_drain()
    feed.payments[1]["amount"] = 21

    run_hourly(time)
    run_drain()

    assert set(states().values()) == {State.SUCCEEDED}
    assert item("P-2").cycle == 2


def test_the_attempt_shows_what_was_pulled_but_no_secret(feed, make_pull, time):
    feed.payments = [payment(1, token="s3cret")]
    make_pull()
    run_tick(time)
    run_drain()
    attempt = ActionAttempt.objects.get()
    assert (attempt.outcome, attempt.message) == (ActionAttempt.Outcome.DONE, "Created.")
    assert '"amount": 10.5' in attempt.body.request
    assert "s3cret" not in attempt.body.request


def test_an_item_that_cannot_be_stored_now_is_tried_again(feed, make_pull, time, monkeypatch):
    feed.payments = [payment(1)]
    make_pull()
    run_tick(time)

    def fail(*_, **__):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(records, "store", fail)
        run_drain()
    assert (item("P-1").state, item("P-1").attempt) == (State.RETRYING, 1)

    time.pass_(minutes=1)
    run_drain()
    assert (item("P-1").state, item("P-1").attempt) == (State.SUCCEEDED, 0)


def test_a_mapping_that_fails_for_an_item_is_told(feed, make_pull, time):
    feed.payments[0]["tags"] = "none"
    make_pull(mapping="{Id: id, Number: join(',', tags), UpdatedOn: changed}")
    run_tick(time)
    run_drain()
    assert item("P-1").state == State.DEAD_LETTER
    assert item("P-1").message.startswith("The mapping fails for this item: ")


def test_without_a_mapping_the_item_is_the_record(feed, make_pull, time, now):
    feed.payments = [payment_row(1, updated_on=now)]
    make_pull(mapping=None, key="Id", name="Number", watermark=None)
    run_tick(time)
    run_drain()
    assert Record.objects.get().item_name == "P-1"


def test_numbers_keep_all_their_digits(feed, make_pull, time):
    precise = b"12345678901234567.89"
    page = feed.page

    def with_all_digits(asked):
        told = page(asked)
        return type(told)(told.body.replace(b"10.5", precise))

    feed.page = with_all_digits
    make_pull()
    run_tick(time)
    run_drain()
    assert Record.objects.get(item_name="P-1").data["Amount"] == precise.decode()


@pytest.mark.parametrize("name", ["NUL \0", "half \ud800"])
def test_a_text_that_no_database_keeps_is_a_dead_letter(name, feed, make_pull, time):
    feed.payments[0]["label"] = name
    make_pull(mapping="{Id: id, Number: label || 'P', UpdatedOn: changed}")
    run_tick(time)
    run_drain()
    assert item("P-1").state == State.DEAD_LETTER
    assert item("P-2").state == State.SUCCEEDED


def test_an_item_that_is_too_large_is_a_dead_letter_alone(feed, make_pull, time, monkeypatch):
    monkeypatch.setattr(pages, "LARGEST_PAYLOAD", 200)
    feed.payments[0]["note"] = "x" * 200
    make_pull()
    run_tick(time)
    run_drain()
    assert item("P-1").state == State.DEAD_LETTER
    assert item("P-1").message.endswith("at most 200 are kept.")
    assert InboundPayload.objects.get(item__item_name="P-1").body == ""
    assert item("P-2").state == State.SUCCEEDED


def test_an_item_without_a_payload_is_cancelled(feed, make_pull, time):
    make_pull()
    run_tick(time)
    InboundPayload.objects.filter(item__item_name="P-1").delete()
    run_drain()
    assert item("P-1").state == State.CANCELLED


def test_the_filter_says_which_items_become_records(feed, make_pull, time):
    make_pull(filter="x => x.Amount > 40")
    run_tick(time)
    run_drain()
    assert set(Record.objects.values_list("item_name", flat=True)) == {"P-4", "P-5"}
    assert (item("P-1").state, item("P-1").message) == (State.SUCCEEDED, handler.LEFT_OUT)


def test_a_record_that_is_newer_here_stays(feed, make_pull, acme, payment, time):
    records.store(acme, payment, [payment_row(1, updated_on=time.now, Status="Paid")], now=time.now)
    make_pull()
    run_tick(time)
    run_drain()
    assert Record.objects.get(item_name="P-1").data["Status"] == "Paid"
    assert item("P-1").message == "Older than the record that is held, which stays."


@pytest.fixture
def send_back(script, acme, payment, time):
    """An export of acme's payments to a system, in the hands of the script."""

    def make(system):
        integration = make_integration(
            payment,
            now=time.now,
            name=f"Back to {system}",
            system=system,
            action=make_action(name=f"Back to {system}", handler="test.script", configuration={}),
            include_update=True,
        )
        return make_activation(acme, integration, now=time.now)

    return make


@pytest.fixture
def pulled(feed, make_pull, time):
    """What has come in from the ERP: one payment."""
    feed.payments = [payment(1)]
    activation = make_pull()
    run_tick(time)
    run_drain()
    return activation


def test_what_came_in_is_not_sent_back(pulled, send_back, script, time):
    send_back(pulled.integration.system)
    run_tick(time, minutes=1)
    assert run_drain() == 0
    assert script.calls == []


def test_what_came_in_is_sent_to_other_systems(pulled, send_back, script, time):
    send_back(make_system(name="Another"))
    run_tick(time, minutes=1)
    run_drain()
    assert script.items == ["P-1"]


def test_what_was_changed_here_since_it_came_in_is_sent(pulled, send_back, script, time):
    send_back(pulled.integration.system)
    row = payment_row(1, updated_on=time.now, Status="Paid")
    records.store(pulled.client, pulled.integration.entity, [row], now=time.now)
    run_tick(time, minutes=1)
    run_drain()
    assert script.items == ["P-1"]
    assert Record.objects.get().origin is None


def test_storing_unchanged_what_came_in_does_not_send_it(pulled, send_back, script, time):
    send_back(pulled.integration.system)
    records.store(pulled.client, pulled.integration.entity, [Record.objects.get().data], now=time.now)
    run_tick(time, minutes=1)
    assert run_drain() == 0


def test_a_change_overtaken_by_the_system_itself_is_not_sent(feed, pulled, send_back, script, time):
    send_back(pulled.integration.system)
    entity = pulled.integration.entity
    rows = [payment_row(1, updated_on=time.now)]
    records.store(pulled.client, entity, rows, now=time.now)
    run_tick(time, minutes=1)
    newer = [payment_row(1, updated_on=time.now, Status="Booked")]
    records.store(pulled.client, entity, newer, now=time.now, origin=pulled.integration.system)

    run_drain()

    sent = pulled.client.activations.get(integration__direction="Outbound").items.get()
    assert script.calls == []
    assert (sent.state, sent.message) == (State.SUCCEEDED, ECHO)


def test_every_direction_has_its_way():
    assert set(directions._WAYS) == set(Direction.Id)
