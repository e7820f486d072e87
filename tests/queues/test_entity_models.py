"""Entities on models of another app: found, tried, explained and delivered as records are."""

import time as clock
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from integrations import entity_models, filters, publishing, records
from integrations.errors import Refused
from integrations.models import Entity, IntegrationRun
from queues import backfill, retention, scanning
from queues.dry_run import dry_run
from queues.models import IntegrationQueue
from queues.why_not import explain
from tests.bookkeeping import PROPERTIES, Customer, Invoice, declare, invoice_tables, invoices
from tests.cast import draft_integration, make_action, make_activation, make_integration
from tests.queues.engine import run_drain, run_hourly, run_tick, states

__all__ = ["invoice_tables", "invoices"]


@pytest.fixture
def billing(acme, invoices, script, time):
    """Acme's use of an export of invoices through the scripted handler."""
    export = make_integration(
        invoices,
        now=time.now,
        action=make_action(handler="test.script", configuration={}),
        include_update=True,
        filter="x => !x.Paid && (x.Amount == null || x.Amount > 10m)",
    )
    return make_activation(acme, export, now=time.now)


def make_invoice(client, number, *, now, **values):
    customer, _ = Customer.objects.get_or_create(client=client)
    given = {"title": f"Invoice {number}", "amount": Decimal(100), "changed_at": now, **values}
    return Invoice.objects.create(number=number, customer=customer, **given)


def test_rows_are_found_delivered_and_found_again_when_they_change(billing, acme, borealis, script, time):
    first = make_invoice(acme, 1, now=time.now)
    make_invoice(acme, 2, now=time.now, paid=True)
    make_invoice(acme, 3, now=time.now, title=None, amount=None)
    make_invoice(acme, 4, now=time.now, changed_at=None)
    make_invoice(acme, 5, now=time.now, title="x" * 600, amount=Decimal("10.01"))
    make_invoice(borealis, 6, now=time.now)
    assert run_tick(time).queued == 3
    assert set(states()) == {"Invoice 1", "3", "x" * 450}
    run_drain()
    assert set(states().values()) == {"Succeeded"}
    assert run_hourly(time).queued == 0
    Invoice.objects.filter(pk=first.pk).update(changed_at=time.now)
    make_invoice(acme, 7, now=time.now - timedelta(days=500))
    assert run_hourly(time).queued == 2
    Invoice.objects.filter(pk=first.pk).update(paid=True)
    Invoice.objects.filter(number=7).delete()
    run_drain()
    assert IntegrationQueue.objects.get(item_id="1").message == "The record no longer matches the filter."
    assert IntegrationQueue.objects.get(item_id="7").message == "The record is gone."


def test_a_handler_gets_canonical_data(billing, acme, script, time):
    values = {"guid": UUID(int=7), "rate": 0.5, "due_on": date(2026, 3, 31), "amount": Decimal("1200.50")}
    invoice = make_invoice(acme, 1, now=time.now, **values)
    seen = []
    script.side_effect = lambda work: seen.append(dict(work.row.data))
    run_tick(time)
    run_drain()
    assert seen == [
        {
            "Id": 1,
            "Guid": "00000000-0000-0000-0000-000000000007",
            "Title": "Invoice 1",
            "Amount": "1200.5",
            "Rate": 0.5,
            "Paid": False,
            "DueOn": "2026-03-31",
            "Customer": invoice.customer_id,
            "UpdatedOn": "2026-03-02T12:00:00.000000Z",
        }
    ]


def test_what_the_database_cannot_decide_is_decided_row_by_row(billing, acme, time, monkeypatch):
    monkeypatch.setattr(scanning, "PAGE", 2)
    for number in range(1, 6):
        make_invoice(acme, number, now=time.now, rate=float("inf") if number == 3 else None)
    billing.integration.filter = (
        'x => Math.Abs(x.Amount ?? 0m) > 1m && x.Title.Replace("I", "i") != "invoice 4"'
    )
    publishing.publish(billing.integration, by=None, now=time.now)
    run_tick(time)
    assert sorted(states()) == ["Invoice 1", "Invoice 2", "Invoice 5"]
    billing.refresh_from_db()
    assert "['3']" in billing.problem


def test_a_dry_run_and_its_why_not(billing, acme, borealis, time):
    make_invoice(acme, 1, now=time.now)
    make_invoice(acme, 2, now=time.now, paid=True)
    make_invoice(borealis, 3, now=time.now)
    found = dry_run(billing.integration, acme, now=time.now)
    assert (found.count, [row.item_id for row in found.first]) == (1, ["1"])
    told = explain(billing.integration, acme, "2", now=time.now)
    assert told.reasons == ["It does not meet !x.Paid"]
    assert told.clauses[0].values == {"Paid": True}
    for item_id in ("3", "x", str(10**30)):
        assert not explain(billing.integration, acme, item_id, now=time.now).found
    assert explain(billing.integration, acme, "1", now=time.now).matches


def test_a_backfill_sends_them_again(billing, acme, as_acme, time):
    make_invoice(acme, 1, now=time.now)
    run_tick(time)
    run_drain()
    since = time.now - timedelta(hours=1)
    assert backfill.preview(billing, since, now=time.now).count == 1
    assert backfill.backfill(billing, since, now=time.now, by=as_acme).queued == 1


def test_a_key_may_be_a_uuid(invoices, acme, time):
    entity_models.publish(declare(key="Guid"))
    entity_models.install()
    make_invoice(acme, 1, now=time.now, guid=UUID(int=7))
    make_invoice(acme, 2, now=time.now)
    key = "00000000-0000-0000-0000-000000000007"
    published = entity_models.find("Invoice")
    assert list(published.rows(acme.pk).values_list("item_id", flat=True)) == [key]
    assert published.read(acme.pk, [key, "2"]).count() == 1
    assert Entity.objects.get(pk="Invoice").row_version > invoices.row_version


def test_its_rows_are_not_the_hub_s_to_write(billing, acme, invoices, time):
    with pytest.raises(Refused) as refusal:
        records.store(acme, invoices, [], now=time.now)
    assert refusal.value.field == "entity"
    pull = draft_integration(invoices, name="In", direction_id="Inbound")
    with pytest.raises(Refused, match="kept elsewhere"):
        publishing.publish(pull, by=None, now=time.now)


def test_what_was_delivered_is_remembered(billing, acme, time):
    make_invoice(acme, 1, now=time.now)
    run_tick(time)
    run_drain()
    retention.prune(time.now + timedelta(days=400))
    assert states() == {"Invoice 1": "Succeeded"}


def test_a_key_may_be_text_that_its_app_sorts_in_its_own_way(invoices, script, acme, as_acme, time):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f'ALTER TABLE {Invoice._meta.db_table} ALTER COLUMN code TYPE text COLLATE "POSIX"'
            )
    entity_models.publish(declare(key="Code", properties={**PROPERTIES, "Code": "code"}))
    entity_models.install()
    export = make_integration(
        invoices, now=time.now, action=make_action(handler="test.script", configuration={})
    )
    billing = make_activation(acme, export, now=time.now)
    for number, code in enumerate(("b", "É", "A")):
        make_invoice(acme, number, now=time.now, code=code)

    assert run_tick(time).queued == 3
    run_drain()
    again = backfill.backfill(billing, time.now - timedelta(hours=1), now=time.now, by=as_acme)

    assert again.queued == 3
    found = IntegrationQueue.objects.order_by("item_id").values_list("item_id", flat=True)
    assert list(found) == ["A", "b", "É"]
    assert list(found.filter(item_id__startswith="É")) == ["É"]


@pytest.mark.parametrize(
    "changes",
    [
        {"properties": {**PROPERTIES, "Tags": "tags"}},
        {"properties": {**PROPERTIES, "Colour": "colour"}},
        {"properties": {**PROPERTIES, "not a name": "number"}},
        {"key": "Nothing"},
        {"key": "Amount"},
        {"key": "Title"},
        {"name": "Nothing"},
        {"updated_on": "DueOn"},
    ],
)
def test_what_cannot_be_an_entity_is_refused(changes):
    with pytest.raises(ImproperlyConfigured, match="Invoice cannot be published"):
        entity_models.publish(declare(**changes))
    assert entity_models.find("Invoice") is None


@pytest.mark.scale
def test_a_million_rows_are_scanned_and_then_found_settled(billing, acme, borealis, time, record_property):
    for client in (acme, borealis):
        Customer.objects.create(client=client)
    _multiply(1_000_000, now=time.now)
    run = IntegrationRun.objects.create(
        client=acme, client_integration=billing, version=1, started_on=time.now, touched_on=time.now
    )
    began = clock.monotonic()
    compiled = filters.compiled(billing.integration)
    queued = [scanning.scan(billing, compiled, run=run, now=time.now).queued]
    first = clock.monotonic() - began
    queued.append(scanning.scan(billing, compiled, run=run, now=time.now).queued)
    record_property("seconds of the first", first)
    assert queued == [450_000, 0]
    assert not IntegrationQueue.objects.exclude(client=acme).exists()


def _multiply(count, *, now):
    """Every tenth row is paid; every second is Borealis's."""
    series = (
        "SELECT n FROM generate_series(1, %s) AS s(n)"
        if connection.vendor == "postgresql"
        else "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %s) SELECT n FROM s"
    )
    owners = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {Invoice._meta.db_table} (number, title, amount, paid, changed_at, customer_id, tags)
            SELECT n, 'Invoice', 100, (n %% 20) IN (0, 1), %s, CASE n %% 2 WHEN 0 THEN %s ELSE %s END, '[]'
            FROM ({series}) AS numbers
            """,  # noqa: S608
            [connection.ops.adapt_datetimefield_value(now), *owners, count],
        )
