"""Executing again what was updated from a date on."""

from datetime import timedelta

import pytest

from integrations.errors import NotAllowed, Refused
from integrations.models import AuditEntry, IntegrationRun, Record
from queues import backfill
from queues.models import IntegrationQueue
from queues.outcomes import Permanent
from tests.queues.engine import item, run_drain, run_tick, states, store


@pytest.fixture
def delivered(activation, time):
    """Two payments that were delivered, the first of them updated a week before the other."""
    store(activation, 1, time=time, updated_on=time.now - timedelta(days=7))
    store(activation, 2, time=time)
    run_tick(time)
    run_drain()
    time.pass_(hours=2)
    return activation


def fill(activation, time, by, **ago):
    return backfill.backfill(activation, time.now - timedelta(**ago), now=time.now, by=by)


def test_what_was_delivered_since_is_delivered_again_under_a_new_key(delivered, as_acme, time, script):
    first_key = item("P-2").idempotency_key
    run = fill(delivered, time, as_acme, days=1)
    assert run.queued == 1
    assert states() == {"P-1": "Succeeded", "P-2": "Pending"}
    run_drain()
    assert script.items == ["P-1", "P-2", "P-2"]
    assert script.keys[-1] != first_key
    assert (item("P-2").cycle, item("P-2").state) == (2, "Succeeded")


def test_what_the_ledger_does_not_know_is_queued_too(delivered, as_acme, time):
    store(delivered, 3, time=time)
    assert fill(delivered, time, as_acme, days=1).queued == 2
    assert item("P-3").state == "Pending"


def test_a_dead_letter_is_opened_and_what_a_person_took_out_is_not(activation, as_acme, time, script):
    script.answers["P-1"] = [Permanent("No.")]
    for number in (1, 2, 3):
        store(activation, number, time=time)
    run_tick(time)
    run_drain()
    IntegrationQueue.objects.filter(item_name="P-2").update(state="Cancelled")
    IntegrationQueue.objects.filter(item_name="P-3").update(state="OnHold")
    assert fill(activation, time, as_acme, days=1).queued == 1
    assert states() == {"P-1": "Pending", "P-2": "Cancelled", "P-3": "OnHold"}
    assert (item("P-1").attempt, item("P-1").message) == (0, None)


def test_only_what_matches_is_opened(delivered, as_acme, time):
    delivered.integration.filter = "x => x.Lines == 7"
    assert fill(delivered, time, as_acme, days=30).queued == 0


def test_a_record_that_cannot_be_read_is_left_out(delivered, as_acme, time):
    Record.objects.filter(item_name="P-1").update(data={"DueOn": "never"})
    delivered.integration.filter = "x => x.DueOn != null"
    assert fill(delivered, time, as_acme, days=30).queued == 1


def test_page_by_page_none_is_left_out_or_taken_twice(delivered, as_acme, time, monkeypatch):
    monkeypatch.setattr(backfill, "PAGE", 2)
    for number in range(3, 8):
        store(delivered, number, time=time)
    assert fill(delivered, time, as_acme, days=30).queued == 7
    assert set(states().values()) == {"Pending"}
    assert {row.cycle for row in IntegrationQueue.objects.all()} == {1, 2}


@pytest.mark.parametrize("days", [1, 30])
def test_the_preview_counts_what_becomes_due(delivered, as_acme, time, days):
    store(delivered, 3, time=time)
    store(delivered, 4, time=time)
    run_tick(time)
    store(delivered, 5, time=time)
    told = backfill.preview(delivered, time.now - timedelta(days=days), now=time.now)
    assert told.complete
    assert fill(delivered, time, as_acme, days=days).queued == told.count


def test_a_run_and_an_audit_entry_stand_for_it(delivered, as_acme, time):
    run = fill(delivered, time, as_acme, days=1)
    assert (run.status, run.version, run.slot) == (IntegrationRun.Status.COMPLETED, 1, None)
    assert item("P-2").run_id == run.pk
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.client, entry.actor) == ("backfill", delivered.client, "credential of Acme")
    assert entry.detail == {"since": (time.now - timedelta(days=1)).isoformat(), "run": run.pk}


def test_while_it_is_switched_off_the_items_wait(delivered, as_acme, time):
    type(delivered).objects.update(enabled=False, runnable=False)
    assert fill(delivered, time, as_acme, days=1).queued == 1
    assert (item("P-2").state, item("P-2").due_at) == ("Pending", None)


def test_nobody_backfills_another_client_s(delivered, as_borealis, time):
    with pytest.raises(NotAllowed):
        fill(delivered, time, as_borealis, days=1)
    assert states() == {"P-1": "Succeeded", "P-2": "Succeeded"}


def test_an_inbound_integration_has_none(acme, payment, activation, as_acme, time):
    activation.integration.direction_id = "Inbound"
    with pytest.raises(Refused, match="outbound"):
        fill(activation, time, as_acme, days=1)
