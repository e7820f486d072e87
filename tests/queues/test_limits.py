"""How much may be in flight at once."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.models import Client, System
from queues import claiming
from queues.limits import Limits, Load, is_full, keys, share_out
from tests.cast import make_activation, store_payments
from tests.queues.engine import run_tick

most = st.none() | st.integers(1, 5)
limits = st.builds(
    Limits,
    client_integration_id=st.integers(1, 1000),
    batch_size=st.integers(1, 10),
    parallel=st.booleans(),
    strict_order=st.booleans(),
    client_id=st.integers(1, 2),
    system_id=st.integers(1, 2),
)


@st.composite
def works(draw):
    """ClientIntegrations of two clients and two systems, each with one cap wherever it is named."""
    client_most, system_most = ({1: draw(most), 2: draw(most)} for _ in range(2))
    on_trial = draw(st.sets(st.tuples(st.integers(1, 2), st.integers(1, 2))))
    return [
        replace(
            each,
            client_most=client_most[each.client_id],
            system_most=system_most[each.system_id],
            on_trial=(each.client_id, each.system_id) in on_trial,
        )
        for each in draw(st.lists(limits, max_size=8, unique_by=lambda each: each.client_integration_id))
    ]


@st.composite
def loads(draw, work):
    load = Load()
    for each in work:
        load.update(dict.fromkeys(counted(each), draw(st.integers(0, 3))))
    return load


def counted(each):
    return keys(each.client_integration_id, each.client_id, each.system_id)


@given(st.data(), st.integers(0, 30))
def test_no_cap_is_exceeded_and_no_place_is_left_that_somebody_may_have(data, places):
    work = data.draw(works())
    load = data.draw(loads(work))
    shares = share_out(work, places, load)
    after = load.copy()
    for each in work:
        after.update(dict.fromkeys(counted(each), shares.get(each.client_integration_id, 0)))
    for key, cap in (cap for each in work for cap in each.caps):
        assert after[key] <= max(cap, load[key])
    left = places - Counter(shares).total()
    assert left >= 0
    if left:
        assert all(any(after[key] >= cap for key, cap in each.caps) for each in work)


@given(st.data(), st.integers(0, 30))
def test_it_is_full_exactly_when_one_place_more_would_go_to_nobody(data, places):
    work = data.draw(works())
    load = data.draw(loads(work))
    shares = share_out(work, places, load)
    assert is_full(work, shares, load) == (share_out(work, places + 1, load) == shares)


def test_places_go_round_and_the_first_in_turn_gets_the_odd_one():
    work = [Limits(pk, 100, True, False, pk, 1) for pk in (7, 8, 9)]
    assert share_out(work, 10, Load()) == {7: 4, 8: 3, 9: 3}


@pytest.fixture
def both(activation, borealis, time):
    """The export for Acme and for Borealis, with ten items each."""
    other = make_activation(borealis, activation.integration, now=time.now)
    for each in (activation, other):
        store_payments(each.client, each.integration.entity, 10, now=time.now)
    run_tick(time)
    return activation, other


def claim(time, *, most=100):
    """By client, how many items another process gets."""
    rows = claiming.claim(claiming.find_work(time.now), most=most, owner="somebody", now=time.now).rows
    return Counter(row.client_id for row in rows)


def test_a_client_s_cap_holds_over_all_processes(both, time):
    acme, borealis = (each.client for each in both)
    Client.objects.filter(pk=acme.pk).update(max_in_flight=3)
    assert claim(time, most=4) == {acme.pk: 2, borealis.pk: 2}
    assert claim(time) == {acme.pk: 1, borealis.pk: 8}
    assert claim(time) == {}
    time.pass_(seconds=61)  # nobody keeps the leases
    assert claim(time)[acme.pk] == 3


def test_a_system_s_cap_holds_over_all_clients_and_processes(both, time):
    System.objects.update(max_in_flight=5)
    assert claim(time, most=2).total() == 2
    assert claim(time).total() == 3
    assert claim(time).total() == 0
