import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from tests.hub import Hub, running_hub, wait_until
from tests.queues.faults.seeding import plant

pytestmark = pytest.mark.kill

ITEMS = 1500


def test_a_worker_frozen_beyond_its_lease_changes_nothing_when_it_wakes(tmp_path):
    with running_hub(tmp_path, HUB_LEASE_SECONDS="3") as hub:
        hub.start_erp("--calm")
        plant(hub, ITEMS)
        frozen = hub.start("hub_drain", "--loop")
        wait_until(lambda: hub.erp("/_stats")["accepted"] > 50, seconds=60, what="a delivery")
        freeze(frozen, hub)
        hub.start("hub_drain", "--loop")
        wait_until(lambda: hub.states() == {"Succeeded": ITEMS}, seconds=120, what="everything delivered")
        before = read_rows(hub)

        frozen.send_signal(signal.SIGCONT)
        frozen.send_signal(signal.SIGTERM)
        assert frozen.wait(timeout=30) == 0

        assert read_rows(hub) == before
        stats = hub.erp("/_stats")
        assert (stats["conflicting_keys"], stats["by_entity"]) == (0, {"Payment": ITEMS})


def freeze(process: subprocess.Popen[bytes], hub: Hub) -> None:
    """On SQLite not while it writes: there is one writer, and while it does not go on, nobody else can.

    PostgreSQL takes the locks from a transaction that does nothing, after a minute.
    """
    while True:
        process.send_signal(signal.SIGSTOP)
        if not hub.is_embedded or is_writable(hub):
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.05)


def is_writable(hub: Hub) -> bool:
    with closing(sqlite3.connect(hub.directory / "hub.sqlite3", timeout=1)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
    return True


def read_rows(hub: Hub) -> list[tuple[object, ...]]:
    return hub.query("SELECT id, state, attempt, row_version FROM queue_integrationqueue ORDER BY id")
