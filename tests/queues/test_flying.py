"""What is under way over HTTP: late answers, suspects, a stop in the middle of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from integrationhub.wire.transport import Request, Response
from integrations import activation as activations
from integrations import publishing
from integrations.models import System
from queues import claiming, handlers
from queues.beside import done_here
from queues.draining import INTERRUPTED, Drain, UnderWay
from queues.handlers import Prepared
from queues.limits import TRIAL
from queues.models import Breaker, IntegrationQueue
from queues.outcomes import Done, Exchange
from queues.preparing import Execution
from queues.rounds import Result, Round
from queues.states import State
from tests.cast import make_action, make_activation, make_integration, store_payments
from tests.queues.engine import item, run_tick, states


class Post:
    """An action that sends one request for each item, and takes any answer for a success."""

    def check(self, configuration: Mapping[str, object]) -> None:
        pass

    def prepare(self, work):
        return Prepared("post", request=Request("POST", work.row.item_name))

    def conclude(self, work, prepared, answer, now):
        return Done(exchange=Exchange("sent", "received", answer.status))


@dataclass
class Wire:
    """A transport whose answers come when the test says so."""

    sent: dict[object, str] = field(default_factory=dict)
    arrived: list[object] = field(default_factory=list)
    states_when_abandoned: list[str] = field(default_factory=list)

    @property
    def items(self):
        return list(self.sent.values())

    def submit(self, key, request):
        self.sent[key] = request.url

    def poll(self, timeout):
        keys, self.arrived = self.arrived, []
        return [(key, Response(200, {}, b"", 0.01)) for key in keys]

    def abandon(self):
        self.states_when_abandoned = list(IntegrationQueue.objects.values_list("state", flat=True))
        self.arrived = []
        return []

    def close(self):
        pass

    def answer(self, name):
        """The oldest request for the item that has had no answer."""
        key = next(key for key, url in self.sent.items() if url == name)
        del self.sent[key]
        self.arrived.append(key)


@pytest.fixture
def activation(acme, payment, time):
    handlers.register("test.post", Post())
    integration = make_integration(
        payment, now=time.now, action=make_action(handler="test.post", configuration={})
    )
    yield make_activation(acme, integration, now=time.now)
    handlers._handlers.pop("test.post")


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def worker(activation, time, wire, monkeypatch):
    monkeypatch.setattr("queues.draining.POLL_SECONDS", 0)
    store_payments(activation.client, activation.integration.entity, 3, now=time.now)
    run_tick(time)
    with Drain() as drain:
        drain._transport = wire
        yield drain


def rounds(worker, count):
    for _ in range(count):
        worker.step()


def crash(time, *names):
    """As a worker leaves them that died while it executed them."""
    IntegrationQueue.objects.filter(item_name__in=names).update(
        state=State.PROCESSING, attempt=1, started_on=time.now, due_at=time.now, lease_no=1
    )


def test_while_the_last_suspect_is_in_flight_nothing_is_started_or_claimed(worker, wire, time):
    crash(time, "P-1", "P-2", "P-3")
    for name in ("P-1", "P-2", "P-3"):
        rounds(worker, 3)
        assert wire.items == [name]
        if name == "P-3":
            IntegrationQueue.objects.filter(item_name="P-1").update(state=State.PENDING, due_at=time.now)
            rounds(worker, 2)
            assert wire.items == ["P-3"]
            assert item("P-1").state == State.PENDING
        wire.answer(name)
    rounds(worker, 3)
    assert wire.items == ["P-1"]


def test_who_asked_for_more_in_vain_asks_again_once_an_answer_has_made_room(worker, wire, monkeypatch):
    asked = []

    def find_work(now, find=claiming.find_work):
        asked.append(now)
        return find(now)

    monkeypatch.setattr(claiming, "find_work", find_work)
    rounds(worker, 2)
    assert sorted(wire.items) == ["P-1", "P-2", "P-3"]
    worker._in_vain_until = float("inf")
    asked.clear()
    rounds(worker, 2)
    assert asked == []
    wire.answer("P-2")
    rounds(worker, 2)
    assert len(asked) == 1
    assert states()["P-2"] == State.SUCCEEDED


@pytest.mark.parametrize(("places", "is_full"), [(3, True), (4, False)])
def test_who_has_taken_every_place_asks_for_no_more_until_an_answer_has_made_room(
    activation, worker, time, places, is_full
):
    activation.integration.batch_size = places
    publishing.publish(activation.integration, by=None, now=time.now)
    rounds(worker, 1)
    assert len(worker.held) == 3
    assert (worker._in_vain_until > 0) == is_full


def test_room_that_was_made_beside_a_claim_in_vain_is_asked_for_at_once(worker, time):
    acknowledged = Round(worker.owner, time.now, done=[Execution(None, None)])
    worker._under_way = [UnderWay(acknowledged, done_here(Result), thread=None)]
    worker._in_vain_until = float("inf")
    worker._take_rounds()
    assert worker._in_vain_until == 0


def test_a_frozen_drain_that_claims_its_own_rows_again_hears_both_answers_out(worker, wire, time):
    rounds(worker, 2)
    assert sorted(wire.items) == ["P-1", "P-2", "P-3"]
    time.pass_(seconds=61)
    rounds(worker, 2)
    assert {row.lease_no for row in IntegrationQueue.objects.all()} == {2}
    for name in ("P-1", "P-2", "P-3"):
        wire.answer(name)
    rounds(worker, 1)
    assert set(states().values()) == {State.PROCESSING}  # the first lease changes nothing any more
    for _ in range(3):
        rounds(worker, 2)
        wire.answer(wire.items[0])
    rounds(worker, 2)
    assert set(states().values()) == {State.SUCCEEDED}


def test_what_a_stop_interrupts_is_first_no_longer_sent_and_then_given_back(worker, wire, monkeypatch):
    monkeypatch.setattr("queues.draining.GRACE_SECONDS", 0)
    system = System.objects.get()
    client = item("P-1").client
    Breaker.objects.create(client=client, system=system, failures=3)
    rounds(worker, 2)
    worker.run(seconds=0, stop=lambda: True, wait=False)
    assert wire.states_when_abandoned == [State.PROCESSING] * 3
    rows = IntegrationQueue.objects.values_list("state", "attempt", "message")
    assert set(rows) == {(State.PENDING, 0, INTERRUPTED)}
    assert Breaker.objects.get().failures == 3  # an interruption says nothing about the system


def test_items_that_wait_for_a_system_to_answer_say_so(worker, time):
    rounds(worker, 1)
    open_until = time.now + timedelta(seconds=30)
    row = item("P-1")
    system = row.integration.system
    Breaker.objects.create(client=row.client, system=system, failures=7, openings=1, open_until=open_until)
    rounds(worker, 1)
    rows = IntegrationQueue.objects.values_list("state", "attempt", "due_at", "message")
    reason = "Not sent: its system was out of reach 7 times in a row."
    assert set(rows) == {(State.PENDING, 0, open_until, reason)}


def test_a_system_that_has_not_answered_is_asked_with_a_few_items_over_all_integrations(worker, wire, time):
    row = item("P-1")
    other = make_integration(
        row.integration.entity,
        now=time.now,
        name="Another export",
        system=row.integration.system,
        action=row.integration.action,
        schedule=row.integration.schedule,
    )
    make_activation(row.client, other, now=time.now)
    run_tick(time)
    waiting = IntegrationQueue.objects.filter(state=State.PENDING)
    assert waiting.count() == TRIAL + 1
    Breaker.objects.create(
        client=row.client, system=row.integration.system, failures=5, openings=1, open_until=time.now
    )
    rounds(worker, 4)
    assert (len(wire.items), waiting.count()) == (TRIAL, 1)
    wire.answer(wire.items[0])
    rounds(worker, 5)
    assert (len(wire.items), waiting.count()) == (TRIAL, 0)


def test_what_is_given_back_is_not_claimable_where_its_integration_was_switched_off(
    worker, activation, as_acme, time
):
    rounds(worker, 1)
    activations.disable(activation, now=time.now, by=as_acme)
    worker.run(seconds=0, stop=lambda: True, wait=False)
    assert set(IntegrationQueue.objects.values_list("state", "due_at")) == {(State.PENDING, None)}


def test_on_the_way_out_what_is_answered_does_not_wait_for_what_is_not(worker, wire, monkeypatch):
    rounds(worker, 2)
    seen, names = [], ["P-1", "P-2", "P-3"]
    monkeypatch.setattr(wire, "poll", lambda timeout, poll=wire.poll: _answer_one(wire, poll, names, seen))
    worker.run(seconds=0, stop=lambda: False, wait=False)
    assert seen == [0, 1, 2]
    assert set(states().values()) == {State.SUCCEEDED}


def _answer_one(wire, poll, names, seen):
    """Keeps how many had succeeded before each answer."""
    seen.append(IntegrationQueue.objects.filter(state=State.SUCCEEDED).count())
    wire.answer(names.pop(0))
    return poll(0)
