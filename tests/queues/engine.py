"""What the tests of the queue share: a handler that does as it is told, and a way to let time pass."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha1
from unittest.mock import patch

import pytest
from django.utils import timezone

from integrationhub.wire.transport import Failure, Response
from integrations import records
from integrations.models import Client, ClientIntegration, Integration
from queues import clock, draining, handlers, ticking
from queues.handlers import Prepared, Work
from queues.models import IntegrationQueue
from queues.outcomes import Done, Outcome
from tests.cast import (
    PAYMENT,
    make_action,
    make_activation,
    make_entity,
    make_integration,
    make_system,
    payment_row,
    store_payments,
)


@dataclass
class Script:
    """A handler in this process. It answers Done unless told otherwise, and keeps what it was asked to do."""

    answers: dict[str, list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    calls: list[tuple[str, str]] = field(default_factory=list)
    side_effect: object = None

    def check(self, configuration: Mapping[str, object]) -> None:
        pass

    def prepare(self, work: Work) -> Prepared:
        return Prepared(sha1(repr(work.row.data).encode()).hexdigest(), call=lambda: self.call(work))  # noqa: S324

    def call(self, work: Work) -> Outcome:
        self.calls.append((work.key, work.row.item_name))
        if callable(self.side_effect):
            self.side_effect(work)
        told = self.answers[work.row.item_name]
        return told.pop(0) if told else Done()

    def conclude(self, work: Work, prepared: Prepared, answer: Response | Failure, now: datetime) -> Outcome:
        raise AssertionError("it sends no requests")

    @property
    def items(self) -> list[str]:
        return [name for _, name in self.calls]

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.calls]


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    told = Script()
    handlers.register("test.script", told)
    yield told
    handlers._handlers.pop("test.script")


@pytest.fixture
def time(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The database's clock, moved by hand."""
    passing = Clock(now)
    for module in (draining, ticking, clock):
        monkeypatch.setattr(module, "database_now", passing)
    monkeypatch.setattr("queues.draining.time.sleep", lambda seconds: None)
    return passing


@pytest.fixture
def export(payment, script, time) -> Integration:
    """A managed export of payments through the scripted handler."""
    return make_integration(
        payment, now=time.now, action=make_action(handler="test.script", configuration={}), backoff=[10]
    )


@pytest.fixture
def activation(acme: Client, export: Integration, time: Clock) -> ClientIntegration:
    return make_activation(acme, export, now=time.now)


def run_tick(time: Clock, **later: float) -> ticking.TickReport:
    """What a tick finds and starts, after the time given; without its housekeeping, which takes as long."""
    time.pass_(**later)
    with patch.object(ticking, "_keep_house", lambda now: None):
        return ticking.tick(time.now)


def run_whole_tick(time: Clock, **later: float) -> ticking.TickReport:
    time.pass_(**later)
    return ticking.tick(time.now)


def run_hourly(time: Clock) -> ticking.TickReport:
    """The tick of the next hour, when the hourly schedule of the cast is due."""
    return run_tick(time, hours=1)


def run_drain() -> int:
    return draining.drain(seconds=5, wait=False)


def item(name: str) -> IntegrationQueue:
    return IntegrationQueue.objects.get(item_name=name)


def states() -> dict[str, str]:
    return dict(IntegrationQueue.objects.values_list("item_name", "state"))


def store(activation: ClientIntegration, number: int, *, time: Clock, **values: object) -> None:
    """One payment, updated and stored now unless said otherwise."""
    values.setdefault("updated_on", time.now)
    row = payment_row(number, **values)  # type: ignore[arg-type]
    records.store(activation.client, activation.integration.entity, [row], now=time.now)


def make_exported_payments(*, count: int, base_url: str, path: str) -> ClientIntegration:
    """In a hub of its own: a client with payments and an export of them over HTTP."""
    now = timezone.now()
    client = Client.objects.create(code="acme", name="Acme")
    entity = make_entity("Payment", PAYMENT)
    integration = make_integration(
        entity,
        now=now,
        system=make_system(base_url=base_url),
        action=make_action(configuration={"path": path}),
        batch_size=100,
        backoff=[1, 1, 1],
        max_attempts=20,
    )
    store_payments(client, entity, count, now=now)
    return make_activation(client, integration, now=now)
