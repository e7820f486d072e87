from datetime import timedelta

import pytest

from integrationhub.wire.expressions.errors import ExpressionError
from integrations import sources
from integrations.canonical import typed
from integrations.filters import compiled
from integrations.models import EntityProperty, Record
from tests.cast import draft_integration, store_payments

OPEN_AND_LARGE = 'x => x.Status == "Open" && x.Amount > 100'


@pytest.fixture
def compile_filter(payment):
    """Compiles a text as the filter of an integration over payments."""
    return lambda text: compiled(draft_integration(payment, filter=text))


def found_by(filter_, client, entity, now):
    """The records a scan would find: what the database leaves of them, and then the predicate."""
    rows = sources.rows(client.pk, entity.pk)
    condition = filter_.split(now).condition
    if condition is not None:
        rows = rows.filter(condition)
    schema = entity.schema()
    return {row.item_name for row in rows if filter_.matches(typed(schema, row.data), now)}


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_without_a_filter_every_record_matches(compile_filter, acme, payment, now, text):
    store_payments(acme, payment, 2, now=now)
    filter_ = compile_filter(text)
    assert filter_.expression is None
    assert found_by(filter_, acme, payment, now) == {"P-1", "P-2"}


def test_a_filter_finds_the_records_it_describes(compile_filter, acme, payment, now):
    store_payments(acme, payment, 4, now=now)
    for name, change in (("P-1", {"Amount": "100.01"}), ("P-2", {"Amount": "1000", "Status": "Paid"})):
        record = Record.objects.get(item_name=name)
        record.data |= change
        record.save()
    assert found_by(compile_filter(OPEN_AND_LARGE), acme, payment, now) == {"P-1"}


def test_a_text_that_is_no_filter_is_refused_at_its_place(compile_filter):
    with pytest.raises(ExpressionError) as refusal:
        compile_filter("x => x.Colour == 1")
    assert refusal.value.position == 7


def test_a_filter_knows_whether_time_alone_changes_what_it_finds(compile_filter):
    assert not compile_filter(OPEN_AND_LARGE).reads_clock
    assert compile_filter("x => x.UpdatedOn < DateTime.UtcNow.AddDays(-1)").reads_clock


def test_a_filter_that_reads_the_clock_finds_records_by_time_alone(compile_filter, acme, payment, now):
    store_payments(acme, payment, 1, now=now)
    filter_ = compile_filter("x => x.UpdatedOn < DateTime.UtcNow.AddDays(-1)")
    assert found_by(filter_, acme, payment, now) == set()
    assert found_by(filter_, acme, payment, now + timedelta(days=2)) == {"P-1"}


def test_a_filter_is_compiled_once(compile_filter):
    assert compile_filter(OPEN_AND_LARGE) is compile_filter(OPEN_AND_LARGE)


def test_a_filter_follows_its_entity(compile_filter, payment):
    with pytest.raises(ExpressionError):
        compile_filter("x => x.Colour == 1")
    EntityProperty.objects.create(entity=payment, name="Colour", type="Int", position=99)
    assert compile_filter("x => x.Colour == 1").expression is not None
