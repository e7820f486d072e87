"""Processes of the cluster that die while there is nothing to do, and then there is something to do."""

import os
import signal
from pathlib import Path

import pytest

from tests.hub import Hub, running_hub, wait_until
from tests.queues.faults.processes import Tree
from tests.queues.faults.seeding import plant, store

pytestmark = pytest.mark.kill

EVERY_MINUTE = """
from integrations.models import Schedule
Schedule.objects.update(cron="* * * * *")
"""
WORKERS = slice(0, 3)
MONITOR = 3
# Until the next minute, when the scan finds the new work, and until the watchdog has found out what is wrong.
NEW_WORK_IS_DONE_WITHIN = 90
MONITOR_IS_MISSED_WITHIN = 240


@pytest.fixture
def hub(tmp_path):
    with running_hub(tmp_path) as hub:
        hub.start_erp("--calm")
        plant(hub, 20, more=EVERY_MINUTE, queued=False)
        hub.start("hub_run")
        wait_until(lambda: hub.states() == {"Succeeded": 20}, seconds=90, what="the first work done")
        yield hub


def wait_for_new_work(hub: Hub) -> None:
    wait_until(
        lambda: hub.states() == {"Succeeded": 60}, seconds=NEW_WORK_IS_DONE_WITHIN, what="new work done"
    )


def stop(hub: Hub) -> None:
    supervisor = hub.processes[-1]
    supervisor.terminate()
    assert supervisor.wait(timeout=60) == 0


def count_results(hub: Hub) -> int:
    ((count,),) = hub.query("SELECT count(*) FROM django_q_task")
    return int(count)


def said(hub: Hub) -> str:
    (log,) = Path(hub.directory).glob("hub_run-*.log")
    return log.read_text()


def test_idle_workers_that_were_killed_are_replaced_and_new_work_is_done(hub):
    for worker in Tree(hub.processes[-1].pid).pool()[WORKERS]:
        os.kill(worker, signal.SIGKILL)
    store(hub, 21, 60)

    wait_for_new_work(hub)

    stats = hub.erp("/_stats")
    assert (stats["calls"], stats["distinct_keys"]) == (60, 60)
    stop(hub)


def test_a_monitor_that_was_killed_is_missed_though_the_workers_work(hub):
    """Without it whatever was done would stay on the list of what is to be done."""
    os.kill(Tree(hub.processes[-1].pid).pool()[MONITOR], signal.SIGKILL)

    wait_until(
        lambda: "no result for" in said(hub), seconds=MONITOR_IS_MISSED_WITHIN, what="a missed monitor"
    )
    store(hub, 21, 60)
    wait_for_new_work(hub)
    results = count_results(hub)
    wait_until(lambda: count_results(hub) > results, seconds=60, what="another result")
    stop(hub)
