"""Many agents of one name at once, over real HTTP: one open run, and answers that agree with one another."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from integrationhub.wire import timestamps
from tests.acceptance.callers import Caller, caller_of
from tests.acceptance.gravitate import JSON_ORDER, ROOT, START
from tests.hub import Hub, running_hub, wait_until
from tests.queues.faults.watching import readiness

pytestmark = pytest.mark.kill

AT_ONCE = 50
SECOND = timestamps.TICKS_PER_SECOND
CLIENTS = ("acme", "borealis")
PLANT = """
from integrations.models import Client
from tests.cast import make_system
for code in ("acme", "borealis"):
    Client.objects.create(code=code, name=code)
answer = make_system().pk
"""
RUNS = """
SELECT c.code, e.name, r.id, r.status, r.ended_on IS NULL, r.synced_ticks, e.synced_ticks
FROM integrations_integrationrun r
JOIN integrations_externalintegration e ON e.id = r.external_id
JOIN integrations_client c ON c.id = r.client_id
"""
Answers = list[tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("hub"), HUB_WORKERS="2") as hub:
        yield hub


@pytest.fixture(scope="module")
def system(hub) -> int:
    return int(hub.ask(PLANT))


@pytest.fixture(scope="module")
def agents(hub, system) -> dict[str, Caller]:
    agents = {code: caller_of(hub, code) for code in CLIENTS}
    hub.start("hub_run")
    wait_until(lambda: readiness(hub)[0] == 200, seconds=90, what="a ready hub")
    return agents


def all_at_once(acts: Sequence[Callable[[], tuple[int, Any]]]) -> Answers:
    """Nobody begins before everybody stands ready."""
    gate = Barrier(len(acts))

    def one(act: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
        gate.wait(timeout=60)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def body(system: int, name: str, **more: object) -> dict[str, object]:
    return {"SourceSystemId": system, "IntegrationName": name, **more}


def ticks(answer: dict[str, Any], member: str) -> int:
    return timestamps.parse(answer[member]).ticks


def runs_of(hub: Hub, client: str, name: str) -> list[tuple[Any, ...]]:
    return [row[2:] for row in hub.query(RUNS) if row[:2] == (client, name)]


def test_fifty_starts_at_once_open_one_run(hub, agents, system):
    for name in ("new", "new", "newer"):  # of a name that nobody knows, and of one with an open run
        acts = [lambda name=name: agents["acme"].post(START, body(system, name))] * AT_ONCE
        answers = all_at_once(acts)
        assert {status for status, _ in answers} == {200}
        by_run = {answer["SourceId"]: answer for _, answer in answers}
        assert all(list(answer) == JSON_ORDER for answer in by_run.values())
        # Whoever was let in more than a second after the others began a run of its own, as told.
        starts = sorted(ticks(answer, "LastRunStartDateTime") for answer in by_run.values())
        assert all(later - earlier > SECOND for earlier, later in itertools.pairwise(starts))
        assert all(answer == by_run[answer["SourceId"]] for _, answer in answers), "one run, one answer"
        found = runs_of(hub, "acme", name)
        assert [row[0] for row in found if row[1] == "Running"] == [max(by_run)]
        assert {row[1] for row in found if row[0] != max(by_run)} <= {"Abandoned"}


def test_starts_progress_ends_and_failures_of_two_clients_at_once_keep_every_rule(hub, agents, system):
    dice = random.Random(7)  # noqa: S311
    names = ("Orders", "Payments")
    sent: list[tuple[str, str, str]] = []
    acts = []
    for number in range(6 * AT_ONCE):
        client, name = dice.choice(CLIENTS), dice.choice(names)
        operation = dice.choice(("Start", "Start", "Progress", "End", "Fail"))
        mark = {"MaxSyncDateTime": f"2026-01-01T00:00:00.{number:07}Z", "MaxSyncDateMaxPKId": number}
        values = body(system, name, **({} if operation == "Start" else mark))
        sent.append((client, name, operation))
        acts.append(
            lambda client=client, path=f"{ROOT}/Integration{operation}", values=values: agents[client].post(
                path, values
            )
        )
    answers = [each for start in range(0, len(acts), AT_ONCE) for each in all_at_once(acts[start:][:AT_ONCE])]

    seen: dict[tuple[str, str], set[int]] = {}
    for (client, name, operation), (status, answer) in zip(sent, answers, strict=True):
        if status != 200:
            assert (status, operation != "Start") == (400, True), (operation, answer)
            assert list(answer["ModelState"]) == ["request.IntegrationName"]
            continue
        assert (answer["IntegrationName"], answer["SourceSystemId"]) == (name, system)
        assert (answer["ProcessStatusMeaning"] == "Running") == (answer["LastRunEndDateTime"] is None)
        assert operation != "End" or answer["ProcessStatusMeaning"] == "Completed"
        assert operation != "Fail" or answer["ProcessStatusMeaning"] == "Failed"
        seen.setdefault((client, name), set()).add(answer["SourceId"])
    for (client, name), told in seen.items():
        found = runs_of(hub, client, name)
        assert told <= {row[0] for row in found}, "nobody hears of another's run"
        assert sum(row[1] == "Running" for row in found) <= 1
        assert all((row[1] == "Running") == bool(row[2]) for row in found)
        completed = [row[3] for row in found if row[1] == "Completed"]
        assert {row[4] for row in found} == {max(completed, default=None)}, "the furthest that was completed"
        status, last = agents[client].get(f"{ROOT}?sourceSystemId={system}&integrationName={name}")
        assert (status, last["SourceId"]) == (200, max(row[0] for row in found))
    assert len(seen) == len(CLIENTS) * len(names)
