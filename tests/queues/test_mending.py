"""A system that turns the hub away, and what happens when somebody has entered another secret."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import OperationalError

from integrations import activation as activations
from integrations import connections, parts
from integrations.models import Connection, System
from queues import clock, draining, mending, ticking, waking
from queues.breaking import FIRST_PAUSE
from queues.draining import Drain
from queues.models import Breaker, IntegrationQueue
from queues.states import State
from tests.cast import make_action, make_activation, make_integration, make_system, store_payments
from tests.wire.transport.receiver import Receiver, running

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver():
    with running(Receiver()) as server:
        yield server


@pytest.fixture
def turned_away(receiver, settings, acme, payment, now):
    """Sixty items for a system that knows another token than the hub's, after a drain."""
    settings.HUB_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    system = make_system(base_url=receiver.url("/bearer/right"), authentication="bearer", secret="wrong")
    integration = make_integration(
        payment, now=now, system=system, action=make_action(configuration={"path": "/items"}), batch_size=10
    )
    activation = make_activation(acme, integration, now=now)
    store_payments(acme, payment, 60, now=now)
    ticking.tick(now)
    drain()
    return activation


@pytest.fixture
def long_since(turned_away):
    """It is night: it rests for the ninth time, and what has failed waits for hours."""
    now = clock.database_now()
    Breaker.objects.update(openings=9, open_until=now + timedelta(minutes=10))
    IntegrationQueue.objects.filter(state=State.RETRYING).update(due_at=now + timedelta(hours=5))
    return turned_away


def drain():
    draining.drain(seconds=30, wait=False)


def states():
    return Counter(IntegrationQueue.objects.values_list("state", flat=True))


def enter_for_everybody(activation, by, staff):
    system = activation.integration.system
    system.secret = "right"
    parts.save(system, by=staff, now=clock.database_now())


def enter_in_a_connection(activation, by, staff):
    connections.save(_connection(activation, "right"), by=by, now=clock.database_now())


def put_another_connection_first(activation, by, staff):
    wrong, right = _connection(activation, "wrong"), _connection(activation, "right")
    Connection.objects.bulk_create([wrong, right])
    connections.prioritise([right], by=by, now=clock.database_now())


def enter_for_the_activation(activation, by, staff):
    activations.sign_in_as(activation, username="", secret="right", now=clock.database_now(), by=by)


def _connection(activation, secret):
    system = activation.integration.system
    return Connection(client=activation.client, system=system, name="Own", active=True, secret=secret)


def test_it_burns_few_attempts_and_makes_no_dead_letters(turned_away):
    breaker = Breaker.objects.get()
    assert breaker.reason.startswith("401: ")
    assert breaker.open_until > clock.database_now()
    assert set(states()) == {State.PENDING, State.RETRYING}
    assert states()[State.RETRYING] <= 20


@pytest.mark.parametrize(
    "enter",
    [
        enter_for_everybody,
        enter_in_a_connection,
        put_another_connection_first,
        enter_for_the_activation,
    ],
)
def test_with_another_sign_in_everything_goes_at_once(enter, long_since, as_acme, as_staff):
    enter(long_since, as_acme, as_staff)
    drain()
    assert states() == {State.SUCCEEDED: 60}
    assert not Breaker.objects.exists()


def test_a_drain_that_knows_the_old_secret_takes_the_new_one(long_since, as_acme):
    with Drain() as worker:
        Breaker.objects.update(open_until=clock.database_now())
        _step_until(worker, lambda: Breaker.objects.get().openings == 10)
        worker.step()  # gives back what it had made ready
        Breaker.objects.update(open_until=clock.database_now() + timedelta(minutes=10))
        enter_in_a_connection(long_since, as_acme, None)
        _step_until(worker, lambda: states()[State.SUCCEEDED] == 60)
        worker.run(seconds=0, stop=lambda: True, wait=False)
    assert not Breaker.objects.exists()


def _step_until(worker, happened):
    for _ in range(1000):
        worker.step()
        if happened():
            return
        time.sleep(0.005)
    pytest.fail("It did not happen.")


def test_a_drain_is_woken_for_it(long_since, as_staff, monkeypatch):
    woken = []
    monkeypatch.setattr(waking, "_wake", lambda: woken.append(1))
    enter_for_everybody(long_since, None, as_staff)
    assert woken


def test_what_cannot_be_tried_keeps_nobody_from_entering_a_secret(long_since, as_staff, monkeypatch, caplog):
    def fail(system_id, client_ids):
        raise OperationalError("deadlock detected")

    monkeypatch.setattr(mending, "_shorten", fail)
    enter_for_everybody(long_since, None, as_staff)
    assert System.objects.get().secret == "right"
    assert "deadlock detected" in caplog.text


def test_who_mends_again_and_again_keeps_no_system_busy(receiver, long_since, as_acme):
    Breaker.objects.update(open_until=clock.database_now())
    drain()
    asked = len(receiver.calls)
    for _ in range(5):
        connections.save(_connection(long_since, "wrong again"), by=as_acme, now=clock.database_now())
        drain()
    assert len(receiver.calls) == asked
    rest = Breaker.objects.get().open_until - clock.database_now()
    assert timedelta(0) < rest <= FIRST_PAUSE


def test_another_sign_in_of_one_client_says_nothing_about_those_of_others(long_since, as_borealis, borealis):
    before = list(Breaker.objects.values()), list(IntegrationQueue.objects.order_by("pk").values())
    other = Connection(client=borealis, system=long_since.integration.system, name="Own", secret="right")
    connections.save(other, by=as_borealis, now=clock.database_now())
    assert (list(Breaker.objects.values()), list(IntegrationQueue.objects.order_by("pk").values())) == before


def test_items_of_a_system_that_has_not_failed_keep_their_time(turned_away):
    Breaker.objects.all().delete()
    waiting = list(IntegrationQueue.objects.order_by("pk").values("due_at", "row_version"))
    assert not mending.try_anew(turned_away.integration.system_id)
    assert list(IntegrationQueue.objects.order_by("pk").values("due_at", "row_version")) == waiting


def test_very_many_are_not_all_brought_forward(long_since, monkeypatch):
    monkeypatch.setattr(mending, "MOST_BROUGHT_FORWARD", 3)
    before = _number_due()
    assert mending.try_anew(long_since.integration.system_id)
    assert _number_due() == before + 3


def _number_due():
    return IntegrationQueue.objects.filter(due_at__lte=clock.database_now()).count()
