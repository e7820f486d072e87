"""The state table of the queue, walked at random beside a model of it that is written down independently."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from integrations import activation as activations
from integrations import publishing
from integrations.errors import Conflict
from integrations.models import ClientIntegration, Record
from queues import claiming, handling, starting
from queues.finishing import finish
from queues.limits import Limits
from queues.models import ActionAttempt, IntegrationQueue
from queues.outcomes import Done, Permanent, Retry, Snooze
from queues.plans import make_plans
from queues.preparing import MAX_CRASHES, prepare
from tests.queues.engine import run_tick, store

NUMBERS = (1, 2)
numbers = st.sampled_from(NUMBERS)
OUTCOMES = {"done": Done(), "retry": Retry("busy"), "permanent": Permanent("no"), "snooze": Snooze(1)}
WAITING = {"Pending", "Retrying"}


@dataclass
class Row:
    """What the table says a row is."""

    noted: int
    state: str = "Pending"
    attempt: int = 0
    cycle: int = 1
    crashes: int = 0
    sent: int | None = None
    executing: bool = False

    def reopen(self, version: int) -> None:
        self.noted, self.state, self.attempt, self.crashes, self.sent = version, "Pending", 0, 0, None
        self.cycle += 1
        self.executing = False


class QueueMachine(RuleBasedStateMachine):
    world: tuple  # (activation, time, principal), set by the test

    def __init__(self):
        super().__init__()
        self.activation, self.time, self.person = self.world
        self.rows: dict[int, Row] = {}
        self.records: dict[int, int] = {}
        self.held = []
        self.version = 0
        self.on = True

    @initialize(include_update=st.booleans(), continuous=st.booleans(), max_attempts=st.integers(1, 3))
    def define(self, include_update, continuous, max_attempts):
        integration = self.activation.integration
        integration.refresh_from_db()
        integration.include_update = include_update
        integration.continuous = include_update and continuous
        integration.max_attempts = max_attempts
        publishing.publish(integration, by=None, now=self.time.now)
        self.integration = integration
        self.switch(on=True)
        self.scan(set(NUMBERS))

    def _store_a_newer_version(self, number):
        self.version += 1
        self.time.pass_(seconds=1)
        store(self.activation, number, time=self.time, Lines=self.version)
        self.records[number] = self.version

    @rule(number=numbers)
    def store_without_a_scan(self, number):
        self._store_a_newer_version(number)

    @precondition(lambda self: self.held)
    @rule(number=numbers)
    def delete_the_record(self, number):
        Record.objects.filter(item_name=f"P-{number}").delete()
        self.records.pop(number, None)

    @rule(newer=st.sets(numbers))
    def scan(self, newer):
        """The hour strikes, and these have a newer version."""
        for number in sorted(newer):
            self._store_a_newer_version(number)
        run_tick(self.time, hours=1)
        if not self.on:
            return
        for number, version in self.records.items():
            row = self.rows.get(number)
            if row is None:
                self.rows[number] = Row(version)
            else:
                self._scan_row(row, version)

    def _scan_row(self, row, version):
        newer = version > row.noted
        if row.state in WAITING and newer:
            row.reopen(version)
        elif row.state in {"Processing", "Cancelled", "OnHold"} and newer:
            row.noted = version
        elif row.state in {"Succeeded", "DeadLetter"} and newer and self.integration.include_update:
            row.reopen(version)
        elif row.state == "Succeeded" and self.integration.continuous:
            row.reopen(max(version, row.noted))

    @precondition(lambda self: not self.held)
    @rule()
    def begin(self):
        """A worker claims and starts all that is due, and executes none of it yet."""
        self.time.pass_(days=1)
        now = self.time.now
        limits = Limits(
            self.activation.pk,
            batch_size=100,
            parallel=True,
            strict_order=False,
            client_id=self.activation.client_id,
            system_id=self.integration.system_id,
        )
        claimed = claiming.claim([limits], most=100, owner="worker", now=now).rows
        plans, _ = make_plans([self.activation.pk])
        executions = prepare(claimed, plans, now)
        finish([execution for execution in executions if execution.outcome], now)
        self.held = starting.start([execution for execution in executions if not execution.outcome], now)
        if self.on:
            for number, row in self.rows.items():
                self._begin_row(number, row)

    def _begin_row(self, number, row):
        if row.state not in {*WAITING, "Processing"}:
            return
        if row.executing:
            row.crashes, row.attempt, row.executing = row.crashes + 1, row.attempt - 1, False
            if row.crashes >= MAX_CRASHES:
                row.state = "DeadLetter"
                return
        version = self.records.get(number)
        if version is None:
            row.state = "Cancelled"
            return
        if row.sent not in (None, version):
            row.cycle, row.attempt = row.cycle + 1, 0
        row.state, row.executing, row.sent = "Processing", True, version
        row.attempt += 1
        row.noted = max(row.noted, version)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def end(self, data):
        """The worker ends what it holds, one way or another."""
        for execution in self.held:
            name = data.draw(st.sampled_from(sorted(OUTCOMES)))
            execution.outcome = OUTCOMES[name]
            row = self.rows[int(execution.row.item_name.removeprefix("P-"))]
            if row.executing:
                self._end_row(row, name)
        finish(self.held, self.time.now)
        self.held = []

    def _end_row(self, row, name):
        row.executing = False
        if name != "snooze":
            row.crashes = 0
        if row.noted > row.sent and (name != "done" or self.integration.include_update):
            crashes = row.crashes
            row.reopen(row.noted)
            row.crashes = crashes
        elif name == "done":
            row.state, row.attempt = "Succeeded", 0
        elif name == "permanent" or (name == "retry" and row.attempt >= self.integration.max_attempts):
            row.state = "DeadLetter"
        elif name == "retry":
            row.state = "Retrying"
        else:
            row.attempt -= 1
            row.state = "Retrying" if row.attempt else "Pending"

    @precondition(lambda self: self.held)
    @rule()
    def die(self):
        """The worker dies with all that it holds."""
        self.held = []
        self.time.pass_(days=1)

    @rule(number=numbers, verb=st.sampled_from(["retry", "reopen", "cancel", "hold", "release"]))
    def act_by_hand(self, number, verb):
        row = self.rows.get(number)
        if row is None:
            return
        again = {"Retrying", "Succeeded", "DeadLetter", "Cancelled", "OnHold"}
        legal = {
            "retry": again,
            "reopen": again,
            "cancel": {"Pending", "Retrying", "OnHold", "Processing"},
            "hold": {"Pending", "Retrying"},
            "release": {"OnHold"},
        }[verb]
        item = IntegrationQueue.objects.get(item_name=f"P-{number}")
        act = getattr(handling, verb)
        if row.state not in legal:
            with pytest.raises(Conflict):
                act(item, by=self.person, now=self.time.now)
            return
        act(item, by=self.person, now=self.time.now)
        self._act_on_row(row, verb)

    def _act_on_row(self, row, verb):
        if verb == "retry" and row.state == "Retrying":
            return
        if verb == "reopen" and row.state == "Retrying":
            row.state, row.attempt = "Pending", 0
        elif verb in ("retry", "reopen"):
            charged = row.attempt if verb == "retry" else 0
            row.reopen(row.noted)
            row.attempt = charged
        else:
            row.state = {"cancel": "Cancelled", "hold": "OnHold", "release": "Pending"}[verb]
            row.executing = False

    @rule(on=st.sampled_from([True, True, True, False]))
    def switch(self, on):
        verb = activations.enable if on else activations.disable
        verb(self.activation, by=self.person, now=self.time.now)
        self.on = on

    @invariant()
    def the_ledger_is_as_the_table_says(self):
        rows = {
            int(row.item_name.removeprefix("P-")): (row.state, row.attempt, row.cycle, row.crashes)
            for row in IntegrationQueue.objects.all()
        }
        assert rows == {n: (r.state, r.attempt, r.cycle, r.crashes) for n, r in self.rows.items()}

    @invariant()
    def a_row_is_due_exactly_while_it_is_open_and_claimable(self):
        for row in IntegrationQueue.objects.all():
            claimable = row.state == "Processing" or (row.state in WAITING and self.on)
            assert (row.due_at is not None) == claimable
            assert row.state != "DeadLetter" or row.message
            assert row.attempt <= self.integration.max_attempts

    def teardown(self):
        IntegrationQueue.objects.all().delete()
        ActionAttempt.objects.all().delete()
        Record.objects.all().delete()
        ClientIntegration.objects.update(next_run_at=self.time.now - timedelta(days=1))


def test_the_queue_follows_its_state_table(activation, time, as_acme):
    QueueMachine.world = (activation, time, as_acme)
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=max(5, settings.default.max_examples // 3),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
