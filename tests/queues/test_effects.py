"""What publishing would do, told before it is done."""

import pytest

from integrations import activation as activations
from integrations import publishing, records
from integrations.errors import NotAllowed, Refused
from integrations.models import Integration, IntegrationVersion
from queues.effects import preview
from queues.models import IntegrationQueue
from queues.outcomes import Permanent
from tests.cast import make_activation, make_integration, payment_row, store_payments
from tests.queues.engine import run_drain, run_hourly, run_tick


@pytest.fixture
def draft(export):
    def draft(**changes):
        integration = Integration.objects.get(pk=export.pk)
        for name, value in changes.items():
            setattr(integration, name, value)
        return integration

    return draft


def store_numbers(activation, numbers, time):
    rows = [payment_row(number, updated_on=time.now, Lines=number % 3) for number in numbers]
    records.store(activation.client, activation.integration.entity, rows, now=time.now)


def told(effect):
    return {each.client: (each.runs, each.due) for each in effect.clients}


def test_it_counts_for_every_client_what_would_become_due(
    activation, export, borealis, payment, as_staff, draft, time
):
    make_activation(borealis, export, now=time.now)
    store_payments(activation.client, payment, 3, now=time.now)
    store_payments(borealis, payment, 2, now=time.now, Status="Closed")
    effect = preview(draft(filter='x => x.Status == "Open"'), by=as_staff, now=time.now)
    assert effect.version == 2
    assert told(effect) == {"acme": (True, 3), "borealis": (True, 0)}


def test_it_writes_nothing(activation, draft, as_staff, payment, time):
    store_payments(activation.client, payment, 3, now=time.now)
    preview(draft(name="Other"), by=as_staff, now=time.now)
    assert Integration.objects.get().name != "Other"
    assert IntegrationVersion.objects.count() == 1
    assert not IntegrationQueue.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"include_update": True},
        {"include_update": True, "continuous": True},
        {"filter": "x => x.Lines != 1"},
        {"filter": 'x => x.Status.Replace("p", "q").Length * x.Lines != 4', "include_update": True},
    ],
)
def test_the_next_run_queues_as_many_as_were_told(activation, draft, as_staff, time, script, changes):
    """With a row in every state, each with and without a newer version."""
    script.answers["P-3"] = script.answers["P-4"] = [Permanent("No.")]
    store_numbers(activation, range(1, 13), time)
    run_tick(time)
    rows = IntegrationQueue.objects.filter(item_name__in=["P-1", "P-2", "P-3", "P-4"])
    IntegrationQueue.objects.exclude(pk__in=rows).update(due_at=None)
    run_drain()
    for names, state in ((("P-5", "P-6"), "Cancelled"), (("P-7", "P-8"), "OnHold")):
        IntegrationQueue.objects.filter(item_name__in=names).update(state=state)
    time.pass_(minutes=1)
    store_numbers(activation, (1, 3, 5, 7, 9, 13), time)
    changed = draft(**changes)
    effect = preview(changed, by=as_staff, now=time.now)
    publishing.publish(changed, by=as_staff, now=time.now)
    assert run_hourly(time).queued == effect.clients[0].due
    assert effect.clients[0].due > 0


def test_clients_that_are_off_or_not_agreed_are_told_apart(
    activation, export, borealis, as_acme, as_staff, payment, draft, time
):
    make_activation(borealis, export, now=time.now)
    store_payments(borealis, payment, 1, now=time.now)
    activations.pause(activation, now=time.now, by=as_acme)
    assert told(preview(draft(), by=as_staff, now=time.now)) == {"acme": (False, 0), "borealis": (True, 1)}
    needs_consent = preview(draft(consent_type_id="Confirm"), by=as_staff, now=time.now)
    assert told(needs_consent) == {"acme": (False, 0), "borealis": (False, 0)}
    retracted = preview(draft(active=False), by=as_staff, now=time.now)
    assert told(retracted) == {"acme": (False, 0), "borealis": (False, 0)}


def test_out_of_time_a_client_is_not_counted(activation, draft, as_staff, time):
    effect = preview(draft(), by=as_staff, now=time.now, seconds=0)
    assert [(each.runs, each.due, each.complete) for each in effect.clients] == [(True, None, False)]


def test_what_cannot_be_published_is_refused(activation, draft, as_staff, as_acme, time):
    with pytest.raises(Refused, match="At character"):
        preview(draft(filter="x => x.Nothing"), by=as_staff, now=time.now)
    with pytest.raises(NotAllowed):
        preview(draft(), by=as_acme, now=time.now)


def test_a_client_is_told_of_its_own_alone(acme, as_acme, payment, time, script):
    own = make_integration(payment, acme, now=time.now, name="Own")
    make_activation(acme, own, now=time.now)
    store_payments(acme, payment, 2, now=time.now)
    assert told(preview(own, by=as_acme, now=time.now)) == {"acme": (True, 2)}
