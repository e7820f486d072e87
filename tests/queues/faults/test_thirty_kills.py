"""Every process of a hub is killed at work, again and again: nothing is lost and nothing is done twice.

KILLS, ITEMS and SEED come from the environment where they are set (HUB_FAULT_KILLS, …): for a short look.
"""

import os
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import pytest

from tests.hub import Hub, running_hub, wait_until
from tests.queues.faults.accounting import WriterLog, read_ledger, settle
from tests.queues.faults.processes import ROLES, Tree, choose, plan_kills
from tests.queues.faults.watching import readiness
from tests.queues.faults.writing import Writer

pytestmark = pytest.mark.kill

ITEMS = int(os.environ.get("HUB_FAULT_ITEMS", "20000"))
KILLS = int(os.environ.get("HUB_FAULT_KILLS", "30"))
SEED = int(os.environ.get("HUB_FAULT_SEED", "2026"))
CLIENTS = ("acme", "borealis")
# The writers are so many kills ahead of the murderer: there is always work.
AHEAD = 3
LEASE_SECONDS = 10
RESUMES_WITHIN = 90
# No promises, but what a busy machine may take to start a hub, and to come to a moment worth a kill.
READY_WITHIN = AT_WORK_WITHIN = 300
STOPS_WITHIN = 25
MOST_REPEATS = 0.005

PLANT = """
from django.utils import timezone
from integrations import credentials
from integrations.models import Client
from tests.cast import *
now = timezone.now()
integration = make_integration(
    make_entity("Payment", PAYMENT), now=now, include_update=True, parallel=True, batch_size=10,
    system=make_system(base_url="http://127.0.0.1:{port}"),
    action=make_action(configuration={{"path": "/payments"}}),
    schedule=make_schedule(cron="* * * * *"), backoff=[1, 3, 10], max_attempts=20,
)
answer = []
for code in {clients}:
    client = Client.objects.create(code=code, name=code)
    make_activation(client, integration, now=now)
    answer.append(credentials.issue("bearer", now=now, client=client, scopes=["read", "write"]).token)
"""


class Run:
    """The hub under test, who is killed in it, and how long it took to work again."""

    def __init__(self, hub: Hub, say: Callable[[str], None]) -> None:
        self.hub = hub
        self.say = say
        self.log = WriterLog()
        self.kills = 0
        self.pauses: dict[str, list[float]] = defaultdict(list)
        self._dice = random.Random(SEED)  # noqa: S311
        hub.start_erp("--calm", program="tests.queues.faults.receiver")
        bearers = hub.ask(PLANT.format(port=hub.erp_port, clients=CLIENTS))
        self.supervisor = hub.start("hub_run")
        self.tree = Tree(self.supervisor.pid)
        self.drain = hub.start("hub_drain", "--loop")
        each = ITEMS // len(CLIENTS)
        self.writers = [
            Writer(
                hub.port,
                bearer,
                first=1 + number * each,
                last=(number + 1) * each,
                log=self.log,
                allowed=lambda: min(1.0, (self.kills + AHEAD) / KILLS),
            )
            for number, bearer in enumerate(bearers)
        ]

    def kill(self, role: str) -> None:
        """Kills one who plays this role at work, and waits until the hub has got over it."""
        victim = wait_until(
            lambda: self._find_at_work(role), seconds=AT_WORK_WITHIN, what=f"a {role} at work"
        )
        began, before = time.monotonic(), self.count_accepted()
        os.kill(victim, signal.SIGKILL)
        self._see_to_it_that_there_is_another(role)
        since = datetime.now(UTC)
        wait_until(
            lambda: self.count_accepted() > before and self._is_well(role, since),
            seconds=RESUMES_WITHIN,
            what=f"work going on after the death of a {role}",
        )
        self.kills += 1
        self.pauses[role].append(time.monotonic() - began)
        self.say(
            f"kill {self.kills:>2} {role:<15} works again after {self.pauses[role][-1]:4.1f} s;"
            f" {len(self.log.acknowledged)} items acknowledged, {self.count_accepted()} calls accepted"
        )

    def count_accepted(self) -> int:
        return int(self.hub.erp("/_stats")["accepted"])

    def is_delivered(self) -> bool:
        return self.hub.states() == {"Succeeded": len(self.log.acknowledged)} and not self._lacks_versions()

    def _lacks_versions(self) -> bool:
        effects, accepted = read_ledger(self.hub.directory / "erp" / "erp.sqlite3")
        return settle(self.log, effects, accepted=accepted).lost > 0

    def _find_at_work(self, role: str) -> int | None:
        """Nobody is killed while nothing is under way: that would be too easy."""
        for process in (self.supervisor, self.drain):
            assert process.poll() is None, "it ended by itself"
        before = self.count_accepted()
        time.sleep(self._dice.uniform(0.2, 1.0))
        found = [self.drain.pid] if role == "hub_drain" else self.tree.find(role)
        return choose(found, self._dice) if found and self.count_accepted() > before else None

    def _see_to_it_that_there_is_another(self, role: str) -> None:
        """Whoever installs hub_drain has it started again; for the rest the hub itself has to care."""
        if role == "hub_drain":
            self.drain.wait(timeout=10)
            self.drain = self.hub.start("hub_drain", "--loop")
        elif role in ("sentinel", "cluster parent"):
            wait_until(lambda: self.tree.find("sentinel"), seconds=RESUMES_WITHIN, what="another cluster")

    def _is_well(self, role: str, since: datetime) -> bool:
        if role == "web":
            return readiness(self.hub)[0] == 200
        return role == "hub_drain" or self._answers_pulses_since(since)

    def _answers_pulses_since(self, moment: datetime) -> bool:
        """A pulse sent after this moment was answered: the cluster executes tasks."""
        seen = {
            name: _moment(seen_on)
            for name, seen_on in self.hub.query("SELECT name, seen_on FROM queue_enginebeat")
        }
        sent, answered = seen.get("pulse sent"), seen.get("pulse")
        return sent is not None and answered is not None and moment < sent <= answered


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)


def test_a_hub_whose_processes_are_killed_at_work_loses_nothing_and_does_nothing_twice(tmp_path, capsys):
    def say(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")
            sys.stdout.flush()

    with running_hub(tmp_path, HUB_LEASE_SECONDS=str(LEASE_SECONDS)) as hub:
        run = Run(hub, say)
        wait_until(lambda: readiness(hub)[0] == 200, seconds=READY_WITHIN, what="a ready hub")
        for writer in run.writers:
            writer.start()
        try:
            began = time.monotonic()
            for role in plan_kills(KILLS, seed=SEED):
                run.kill(role)
            for writer in run.writers:
                writer.finish()
            wait_until(run.is_delivered, seconds=600, what="everything delivered")
        finally:
            for writer in run.writers:
                writer.abandon()
        lasted = time.monotonic() - began

        ended = time.monotonic()
        run.supervisor.send_signal(signal.SIGTERM)
        codes = [hub.stop_drain(run.drain), run.supervisor.wait(timeout=60)]
        stopped_after = time.monotonic() - ended

        effects, accepted = read_ledger(tmp_path / "erp" / "erp.sqlite3")
        account = settle(run.log, effects, accepted=accepted)
        say(f"{KILLS} kills in {lasted:.0f} s, load {os.getloadavg()[1]:.1f}\n{account.describe()}")
        for role in ROLES:
            if run.pauses[role]:
                say(
                    f"    {role:<28}{len(run.pauses[role])} killed, works again after"
                    f" {median(run.pauses[role]):.0f} s (median), {max(run.pauses[role]):.0f} s (longest)"
                )
        assert (account.acknowledged, account.lost, account.unexpected, account.duplicates) == (
            ITEMS,
            0,
            0,
            0,
        )
        assert account.repeated_share < MOST_REPEATS
        assert max(map(max, run.pauses.values())) <= RESUMES_WITHIN
        assert codes == [0, 0]
        assert stopped_after <= STOPS_WITHIN
