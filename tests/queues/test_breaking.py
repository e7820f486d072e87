"""The circuit breaker."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.models import System
from queues import draining, ticking
from queues.breaking import FIRST_PAUSE, LONGEST_PAUSE, MOST_COUNTED, TRIPS_AT, Health
from queues.limits import TRIAL
from queues.models import Breaker, IntegrationQueue
from queues.rounds import Round, exchange
from queues.states import State
from tests.cast import make_action, make_activation, make_integration, make_system, store_payments
from tests.queues.engine import run_tick
from tests.wire.transport.receiver import Receiver, running

NOW = datetime(2026, 3, 2, tzinfo=UTC)
healths = st.builds(
    Health,
    failures=st.integers(0, 1000),
    openings=st.integers(0, 1000),
    open_until=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(healths, st.integers(1, 100), st.integers(0, 100))
def test_one_answer_makes_it_well(health, answered, unanswered):
    assert health.after(answered=answered, unanswered=unanswered, now=NOW) == Health()


@given(healths, st.integers(1, 100))
def test_a_pause_is_between_the_first_and_the_longest(health, unanswered):
    after = health.after(answered=0, unanswered=unanswered, now=NOW)
    assert after.failures == health.failures + unanswered
    if after.open_until != health.open_until:
        assert after.failures >= TRIPS_AT
        assert FIRST_PAUSE <= after.open_until - NOW <= LONGEST_PAUSE
        assert after.openings == min(health.openings + 1, MOST_COUNTED)


@given(healths, st.datetimes(timezones=st.just(UTC)))
def test_mending_shortens_a_pause_and_never_below_the_first(health, now):
    opened = health.after(answered=0, unanswered=TRIPS_AT, now=now)
    if opened.open_until == health.open_until:
        return  # it was resting
    for later in (0, 1, 9, 11, 500, 5000):
        asked = now + timedelta(seconds=later)
        soonest = opened.soonest_try(asked)
        assert now + FIRST_PAUSE <= soonest <= opened.open_until
        assert soonest <= asked + FIRST_PAUSE
        again = replace(opened, open_until=soonest).soonest_try(asked)
        assert again == soonest


def test_it_opens_at_the_fifth_failure_in_a_row_and_for_twice_as_long_each_time():
    health = Health()
    for _ in range(TRIPS_AT - 1):
        health = health.after(answered=0, unanswered=1, now=NOW)
        assert health.room(NOW) is None
    pauses = []
    now = NOW
    for _ in range(8):
        health = health.after(answered=0, unanswered=1, now=now)
        pauses.append((health.open_until - now).total_seconds())
        assert health.room(now) == 0
        now = health.open_until
        assert health.room(now) == TRIAL
    assert pauses == [10, 20, 40, 80, 160, 320, 640, 900]


def test_what_was_under_way_while_it_opened_does_not_lengthen_the_pause():
    health = Health().after(answered=0, unanswered=TRIPS_AT, now=NOW)
    later = health.after(answered=0, unanswered=50, now=NOW + timedelta(seconds=1))
    assert later.open_until == health.open_until


@pytest.mark.django_db
def test_a_system_on_trial_is_asked_with_its_oldest_items_and_with_its_newest(activation, time):
    """Items that failed together come due together: by them alone it would look as if it were down."""
    store_payments(activation.client, activation.integration.entity, 20, now=time.now)
    run_tick(time)
    by_age = list(IntegrationQueue.objects.order_by("item_id"))
    for age, item in enumerate(by_age):
        IntegrationQueue.objects.filter(pk=item.pk).update(due_at=time.now - timedelta(seconds=20 - age))
    pair = (activation.client_id, activation.integration.system_id)
    health = {pair: Health(failures=TRIPS_AT, openings=1, open_until=time.now)}

    def claim():
        claimed = exchange(Round("somebody", time.now, room=100, health=health)).claim.rows
        return {item.item_id for item in claimed}

    assert claim() == {item.item_id for item in (*by_age[:3], *by_age[-2:])}
    assert claim() == set()  # until these are answered


@pytest.fixture
def receiver():
    with running(Receiver()) as server:
        yield server


@pytest.mark.django_db(transaction=True)
def test_a_system_that_is_down_burns_few_attempts_and_stops_nobody_else(
    receiver, settings, acme, borealis, payment, now
):
    settings.HUB_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    fields = {"backoff": [1000], "batch_size": 10}
    for name, path in (("Down", "/status/503"), ("Up", "/status/200")):
        integration = make_integration(
            payment,
            now=now,
            name=name,
            system=make_system(name=name, base_url=receiver.url("")),
            action=make_action(name=name, configuration={"path": path}),
            **fields,
        )
        make_activation(acme, integration, now=now)
    store_payments(acme, payment, 60, now=now)
    ticking.tick(now)
    draining.drain(seconds=5, wait=False)

    down, up = (IntegrationQueue.objects.filter(integration__name=name) for name in ("Down", "Up"))
    assert set(up.values_list("state", flat=True)) == {State.SUCCEEDED}
    assert 5 <= down.filter(state=State.RETRYING).count() <= 20
    assert down.filter(attempt=0, state=State.PENDING).count() >= 40
    breaker = Breaker.objects.get()
    assert (breaker.system, breaker.client) == (System.objects.get(name="Down"), acme)
    assert breaker.reason.startswith("503: ")
    assert breaker.failing_since < breaker.open_until
