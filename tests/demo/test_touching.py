from datetime import timedelta
from itertools import islice

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from demo import seed
from demo.definitions import RATES_EXPORT
from demo.rates import read_rates
from demo.touching import touch
from integrations import publishing
from integrations.models import Credential, Integration, Record
from queues import ticking
from queues.models import IntegrationQueue
from queues.states import State

pytestmark = [pytest.mark.django_db, pytest.mark.broad]

RATES_HERE = 60


@pytest.fixture
def later(monkeypatch):
    """The demo, planted and scanned once; the moment after."""
    monkeypatch.setattr(seed, "read_rates", lambda: islice(read_rates(), RATES_HERE))
    monkeypatch.setattr(seed, "PAYMENTS_EACH", 30)
    now = timezone.now()
    seed.plant(erp_url="http://127.0.0.1:8001", erp_moves=True, now=now)
    ticking.tick(now + timedelta(seconds=1))
    return now + timedelta(minutes=1)


def rates():
    return IntegrationQueue.objects.filter(integration__name=RATES_EXPORT)


def settle(state, rows):
    IntegrationQueue.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=state, due_at=None, message="settled"
    )


def touched(now):
    return set(Record.objects.filter(item_updated_on__gte=now).values_list("item_id", flat=True))


def test_exactly_so_many_delivered_rates_are_due_again(later):
    settle(State.SUCCEEDED, rates())

    assert touch(7, now=later) == 7
    ticking.tick(later + timedelta(minutes=1))

    due = rates().filter(state=State.PENDING)
    assert set(due.values_list("item_id", flat=True)) == touched(later)
    assert due.count() == 7
    assert set(due.values_list("cycle", flat=True)) == {2}


def test_a_touched_rate_keeps_its_values(later):
    settle(State.SUCCEEDED, rates())
    before = {record.item_id: record.data for record in Record.objects.filter(entity="ExchangeRate")}

    touch(3, now=later)

    for item_id in touched(later):
        data = Record.objects.get(item_id=item_id).data
        assert {**data, "PublishedOn": None} == {**before[item_id], "PublishedOn": None}


def test_only_what_is_delivered_again_is_touched(later):
    settle(State.SUCCEEDED, IntegrationQueue.objects.all())

    assert touch(10_000, now=later) == RATES_HERE

    assert set(Record.objects.filter(item_updated_on__gte=later).values_list("entity", flat=True)) == {
        "ExchangeRate"
    }


def test_delivered_rates_come_before_those_on_their_way(later):
    delivered = list(rates()[:20])
    settle(State.SUCCEEDED, delivered)

    touch(20, now=later)

    assert touched(later) == {row.item_id for row in delivered}


def test_rates_on_their_way_fill_up(later):
    settle(State.SUCCEEDED, rates()[:20])

    assert touch(30, now=later) == 30


def test_what_waits_for_a_person_is_left_alone(later):
    waiting = list(rates()[:20])
    settle(State.DEAD_LETTER, waiting[:10])
    settle(State.ON_HOLD, waiting[10:])

    assert touch(10_000, now=later) == RATES_HERE - 20

    assert touched(later).isdisjoint(row.item_id for row in waiting)


def test_what_the_filter_does_not_find_is_left_alone(later):
    integration = Integration.objects.get(name=RATES_EXPORT)
    integration.filter = 'x => x.Currency == "USD"'
    publishing.publish(integration, by=None, now=later)
    settle(State.SUCCEEDED, rates())

    touch(10_000, now=later)

    assert touched(later) == {record.item_id for record in Record.objects.filter(item_id__endswith="/USD")}


def test_a_version_that_lies_ahead_of_the_clock_is_passed(later):
    settle(State.SUCCEEDED, rates())
    long_ago = later - timedelta(days=10_000)
    before = dict(Record.objects.values_list("item_id", "item_updated_on"))

    assert touch(5, now=long_ago) == 5

    after = dict(Record.objects.values_list("item_id", "item_updated_on"))
    assert sum(after[item_id] > before[item_id] for item_id in before) == 5


def test_the_command_says_how_many_it_touched_and_leaves_the_keys_alone(later, capsys):
    keys = list(Credential.objects.valid(later).values_list("pk", flat=True))

    call_command("hub_demo", "--touch", "4")

    assert capsys.readouterr().out == "4 records have a new version\n"
    assert list(Credential.objects.valid(later).values_list("pk", flat=True)) == keys


def test_without_a_demo_there_is_nothing_to_touch():
    with pytest.raises(CommandError, match="nothing to touch"):
        call_command("hub_demo", "--touch", "4")


@pytest.mark.parametrize("count", ["0", "-1", "many", "1.5", "1000001", ""])
def test_what_is_no_count_is_refused(count):
    with pytest.raises(CommandError, match="is not a number from 1 to 1000000"):
        call_command("hub_demo", f"--touch={count}")
