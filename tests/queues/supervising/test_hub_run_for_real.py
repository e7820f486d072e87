"""The whole hub in processes of its own, some of them killed."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from queues.supervising.installation import Installation

pytestmark = pytest.mark.kill


class Hub:
    def __init__(self, directory: Path, root: Path, port: int):
        self.database, self.log = directory / "hub.sqlite3", directory / "log"
        self.port = port
        environment = {
            **os.environ,
            "HUB_DATA_DIR": str(directory),
            "DATABASE_URL": f"sqlite:///{self.database}",
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                (sys.executable, "manage.py", "hub_run", "--port", str(port)),
                cwd=root,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def started(self, name: str) -> list[int]:
        """The processes of this name, in the order of their start."""
        return [int(pid) for pid in re.findall(rf"{name} started, process (\d+)", self.log.read_text())]

    def pulse(self) -> str | None:
        with closing(sqlite3.connect(self.database, timeout=20)) as database:
            query = "SELECT seen_on FROM queue_enginebeat WHERE name = 'pulse'"
            try:
                found = database.execute(query).fetchone()
            except sqlite3.OperationalError:
                return None  # no table yet
        return str(found[0]) if found else None

    def wait_for(self, condition, *, seconds=120):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.2)
        return found


@pytest.fixture
def hub(tmp_path, settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    hub = Hub(tmp_path, settings.BASE_DIR, port)
    yield hub
    if hub.process.poll() is None:
        hub.process.send_signal(signal.SIGTERM)
        hub.process.wait(60)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_session_alive(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_cluster_whose_idle_workers_were_killed_is_replaced_and_works_again(hub):
    before = hub.wait_for(hub.pulse)
    (cluster,) = hub.started("cluster")
    (sentinel,) = children(cluster)
    for worker in children(sentinel)[:3]:
        os.kill(worker, signal.SIGKILL)

    hub.wait_for(lambda: len(hub.started("cluster")) == 2)
    stopped_at = hub.pulse()

    assert "cluster does no work any more; killing and restarting it" in hub.log.read_text()
    assert hub.wait_for(lambda: hub.pulse() != stopped_at)
    assert before <= stopped_at


def test_what_dies_is_started_again_and_a_signal_to_the_group_ends_it_all(hub):
    place = Installation("127.0.0.1", hub.port, None)
    hub.wait_for(hub.pulse)
    for name in ("web", "cluster"):
        os.kill(hub.started(name)[0], signal.SIGKILL)
    hub.wait_for(lambda: len(hub.started("web")) == len(hub.started("cluster")) == 2)
    hub.wait_for(place.is_answering)

    os.killpg(hub.process.pid, signal.SIGTERM)

    assert hub.process.wait(60) == 0
    assert not place.is_answering()
    assert not any(is_session_alive(pid) for name in ("web", "cluster") for pid in hub.started(name))
