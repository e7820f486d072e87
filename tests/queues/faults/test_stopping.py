"""A stop in the middle of work: within 25 s, nothing is left in Processing, and nothing charged in vain."""

import os
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.hub import Hub, running_hub, wait_until
from tests.queues.faults.processes import Tree, in_session
from tests.queues.faults.seeding import plant

pytestmark = pytest.mark.kill

STOPS_WITHIN = 25
ITEMS = 3000


def test_a_drain_that_is_told_to_stop_leaves_nothing_behind(tmp_path):
    with running_hub(tmp_path) as hub:
        worker = start_at_work(hub, "hub_drain", "--loop")
        stop(worker, worker.terminate)
        check_nothing_is_left(hub)


def test_a_group_of_drains_that_is_told_to_stop_leaves_nothing_behind(tmp_path):
    with running_hub(tmp_path) as hub:
        worker = start_at_work(hub, "hub_drain", "--loop")
        stop(worker, lambda: os.killpg(worker.pid, signal.SIGTERM))
        check_nothing_is_left(hub)


def test_a_hub_that_is_told_to_stop_leaves_nothing_behind(tmp_path):
    with running_hub(tmp_path) as hub:
        supervisor = start_at_work(hub, "hub_run")
        started = Tree(supervisor.pid).everybody()
        stop(supervisor, supervisor.terminate)
        check_nothing_is_left(hub)
        assert not any(in_session(leader) for leader in started)


def test_a_hub_whose_process_group_is_told_to_stop_leaves_nothing_behind(tmp_path):
    with running_hub(tmp_path) as hub:
        supervisor = start_at_work(hub, "hub_run")
        stop(supervisor, lambda: os.killpg(supervisor.pid, signal.SIGTERM))
        check_nothing_is_left(hub)


def test_a_hub_whose_every_process_is_told_to_stop_leaves_nothing_behind(tmp_path):
    """As systemd does where nobody has told it to tell the leader alone."""
    with running_hub(tmp_path) as hub:
        supervisor = start_at_work(hub, "hub_run")
        stop(supervisor, lambda: [os.kill(pid, signal.SIGTERM) for pid in Tree(supervisor.pid).everybody()])
        check_nothing_is_left(hub)


def start_at_work(hub: Hub, *command: str) -> subprocess.Popen[bytes]:
    """With items delivered already, and many more to deliver."""
    hub.start_erp("--calm")
    plant(hub, ITEMS)
    process = hub.start(*command)
    wait_until(lambda: hub.erp("/_stats")["accepted"] > 50, seconds=90, what="a delivery")
    return process


def stop(process: subprocess.Popen[bytes], tell: Callable[[], object]) -> None:
    began = time.monotonic()
    tell()
    assert process.wait(timeout=60) == 0
    assert time.monotonic() - began <= STOPS_WITHIN


def check_nothing_is_left(hub: Hub) -> None:
    states = hub.states()
    assert set(states) == {"Pending", "Succeeded"}
    stats = hub.erp("/_stats")
    assert states["Succeeded"] == stats["distinct_keys"] == stats["calls"]
    assert hub.query("SELECT count(*) FROM queue_integrationqueue WHERE attempt <> 0") == [(0,)]
