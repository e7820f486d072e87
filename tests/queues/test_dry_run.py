"""A filter tried on live rows: what it takes, and why it leaves an item out."""

import pytest

from integrations import activation as activations
from integrations import records, watermarks
from integrations.errors import Refused
from integrations.models import ClientIntegration, Integration, Record
from queues import matching
from queues.dry_run import dry_run
from queues.models import IntegrationQueue
from queues.outcomes import Permanent
from queues.why_not import NEXT_RUN, explain
from tests.cast import payment_row, store_payments
from tests.queues.engine import run_drain, run_hourly, run_tick, store


@pytest.fixture
def draft(export):
    """The export with another filter, which nobody has published."""

    def draft(text):
        integration = Integration.objects.get(pk=export.pk)
        integration.filter = text
        return integration

    return draft


def test_it_counts_what_matches_and_shows_the_first_twenty(activation, draft, acme, payment, time):
    store_payments(acme, payment, 25, now=time.now)
    store(activation, 26, time=time, Status="Closed")
    found = dry_run(draft('x => x.Status == "Open"'), acme, now=time.now)
    assert (found.count, found.complete, found.unreadable) == (25, True, [])
    assert [sample.item_name for sample in found.first] == [f"P-{number}" for number in range(1, 21)]
    assert found.first[0].item_updated_on == time.now


def test_it_queues_nothing(activation, draft, acme, payment, time):
    store_payments(acme, payment, 2, now=time.now)
    dry_run(draft(None), acme, now=time.now)
    assert not IntegrationQueue.objects.exists()


def test_it_says_in_which_state_the_ledger_has_a_row(activation, draft, acme, payment, time):
    store_payments(acme, payment, 1, now=time.now)
    run_tick(time)
    store_payments(acme, payment, 2, now=time.now)
    assert [sample.state for sample in dry_run(draft(None), acme, now=time.now).first] == ["Pending", None]


def test_it_reads_the_rows_of_its_client_alone(activation, draft, acme, borealis, payment, time):
    store_payments(borealis, payment, 3, now=time.now)
    assert dry_run(draft(None), acme, now=time.now).count == 0


@pytest.mark.parametrize("text", ["x => x.Lines == 3", "x => x.Rate * 2.0 > 3.0 && x.Lines == 3"])
def test_the_database_and_python_count_alike_however_many_chunks(
    activation, draft, acme, time, monkeypatch, text
):
    monkeypatch.setattr(matching, "CHUNK", 2)
    for number in range(1, 8):
        store(activation, number, time=time, Lines=number % 2 * 3, Rate=2.5)
    found = dry_run(draft(text), acme, now=time.now)
    assert found.count == 4
    assert [sample.item_name for sample in found.first] == ["P-1", "P-3", "P-5", "P-7"]


def test_out_of_time_it_says_that_there_may_be_more(activation, draft, acme, payment, time):
    store_payments(acme, payment, 2, now=time.now)
    found = dry_run(draft(None), acme, now=time.now, seconds=0)
    assert (found.count, found.complete) == (0, False)


def test_a_row_that_cannot_be_read_is_named(activation, draft, acme, payment, time):
    store_payments(acme, payment, 2, now=time.now)
    Record.objects.filter(item_name="P-2").update(data={"DueOn": "never"})
    found = dry_run(draft('x => x.Status.Replace("p", "q").Length * 2 > 3'), acme, now=time.now)
    assert found.count == 1
    assert found.unreadable == [Record.objects.get(item_name="P-2").item_id]


def test_a_filter_that_is_none_is_refused_with_its_place(activation, draft, acme, time):
    with pytest.raises(Refused, match="At character 8") as refusal:
        dry_run(draft("x => x.?"), acme, now=time.now)
    assert refusal.value.field == "filter"


def test_a_filter_that_the_database_cannot_serve_is_warned_of(activation, draft, acme, time):
    of_residual = draft('x => x.Status.Substring(1).Replace("p", "q").Length * x.Lines > x.Rate')
    assert ["The database can decide no part" in each for each in _warnings(of_residual, acme, time)] == [
        True
    ]
    of_both = draft('x => x.Lines == 1 && x.Status.Replace("p", "q").Length * x.Lines > x.Rate')
    assert _warnings(of_both, acme, time) == []


def _warnings(integration, client, time):
    return dry_run(integration, client, now=time.now).warnings


# Why not


def why(integration, client, time, number=1):
    item_id = payment_row(number, updated_on=time.now)["Id"]
    return explain(Integration.objects.get(pk=integration.pk), client, item_id, now=time.now)


def test_a_clause_that_fails_is_named_with_the_values_it_read(activation, draft, acme, time):
    store(activation, 1, time=time, Amount="99.50", Status=None)
    told = explain(
        draft('x => x.Amount < 100m && (x.Status == "Open" || x.DueOn < DateTime.UtcNow)'),
        acme,
        payment_row(1, updated_on=time.now)["Id"],
        now=time.now,
    )
    assert (told.found, told.matches) == (True, False)
    first, second = told.clauses
    assert (first.text, first.holds, first.values) == ("x.Amount < 100m", True, {"Amount": "99.5"})
    assert "x.Status" in second.text
    assert second.holds is False
    assert second.values["Status"] is None
    assert second.values["DateTime.UtcNow"] == time.now.isoformat()
    assert len(told.reasons) == 1
    assert second.text in told.reasons[0]


def test_what_is_due_has_nothing_against_it(activation, export, acme, time):
    store(activation, 1, time=time)
    assert why(export, acme, time).reasons == [NEXT_RUN]
    assert run_tick(time).queued == 1


def test_a_record_that_is_missing_is_the_reason(activation, export, acme, time):
    told = why(export, acme, time)
    assert not told.found
    assert told.reasons == ["The client has no such record."]


def test_what_came_in_from_the_system_is_not_sent_back(activation, export, acme, time):
    store(activation, 1, time=time)
    Record.objects.update(origin=export.system)
    assert why(export, acme, time).reasons == ["It came in from this system, and is not sent back to it."]
    assert dry_run(export, acme, now=time.now).count == 0
    assert run_tick(time).queued == 0


def test_a_record_of_another_client_is_missing(activation, export, acme, borealis, payment, time):
    store_payments(borealis, payment, 1, now=time.now)
    assert not why(export, acme, time).found


def test_what_is_queued_is_the_reason(activation, export, acme, time):
    store(activation, 1, time=time)
    run_tick(time)
    told = why(export, acme, time)
    assert (told.state, told.reasons) == ("Pending", ["It is in the queue already, Pending."])


def test_what_was_delivered_is_not_sent_again(activation, export, acme, time):
    store(activation, 1, time=time)
    run_tick(time)
    run_drain()
    assert why(export, acme, time).reasons == [
        "It has been delivered, and the record has not been updated since."
    ]
    time.pass_(minutes=1)
    store(activation, 1, time=time)
    assert "Include update is off" in why(export, acme, time).reasons[0]


def test_a_dead_letter_waits_for_a_newer_version(activation, export, acme, time, script):
    store(activation, 1, time=time)
    script.answers["P-1"] = [Permanent("No.")]
    run_tick(time)
    run_drain()
    assert why(export, acme, time).reasons == [
        "It is a dead letter, and the record has not been updated since."
    ]


@pytest.mark.parametrize("state", ["Cancelled", "OnHold"])
def test_what_a_person_took_out_waits_for_a_person(activation, export, acme, time, state):
    store(activation, 1, time=time)
    run_tick(time)
    IntegrationQueue.objects.update(state=state, due_at=None)
    assert why(export, acme, time).reasons[0].endswith("a person has to open it again.")


def test_an_activation_that_is_off_paused_or_missing_is_the_reason(
    activation, export, acme, borealis, as_acme, payment, time
):
    store(activation, 1, time=time)
    activations.pause(activation, now=time.now, by=as_acme)
    assert why(export, acme, time).reasons == ["The integration is paused for the client."]
    activations.disable(activation, now=time.now, by=as_acme)
    assert why(export, acme, time).reasons == ["The client has switched the integration off."]
    store_payments(borealis, payment, 1, now=time.now)
    assert why(export, borealis, time).reasons == ["The client has not taken the integration up."]


def test_what_arrived_before_the_watermark_is_found_again_once_it_is_reset(
    activation, export, acme, as_acme, time
):
    run_tick(time)
    arrived = time.now
    run_hourly(time)
    records.store(acme, export.entity, [payment_row(1, updated_on=arrived)], now=arrived)
    assert "reset the watermark" in why(export, acme, time).reasons[0]
    assert run_hourly(time).queued == 0
    watermarks.reset(ClientIntegration.objects.get(), now=time.now, by=as_acme)
    assert why(export, acme, time).reasons == [NEXT_RUN]
    assert run_hourly(time).queued == 1


def test_a_filter_that_nobody_published_yet_is_explained_as_if(activation, export, draft, acme, time):
    store(activation, 1, time=time)
    told = explain(draft("x => x.Lines > 1"), acme, payment_row(1, updated_on=time.now)["Id"], now=time.now)
    assert not told.matches
    assert why(export, acme, time).matches
