"""A PostgreSQL of the test's own that is restarted, and whose connections are cut, in the middle of work."""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

from integrationhub import keys
from tests.hub import ROOT, Hub, wait_until
from tests.queues.faults.seeding import plant
from tests.queues.faults.watching import diagnosis, readiness

pytestmark = pytest.mark.kill

ITEMS = 6000
CUTS = 5
RESUMES_WITHIN = 90
# All of them, each in its turn, on a machine that is busy.
PREPARED_WITHIN = 400


def load_starter() -> ModuleType:
    """bin/with-postgres, which knows where PostgreSQL's programs are and whom to run them as."""
    loader = SourceFileLoader("with_postgres", str(ROOT / "bin" / "with-postgres"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[loader.name] = module  # its data classes look themselves up there
    loader.exec_module(module)
    return module


class Server:
    """A PostgreSQL that loses nothing in a crash, to be stopped the hard way and started again."""

    def __init__(self, home: Path) -> None:
        self._server = load_starter().Server.prepare(home)
        self._process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return str(self._server.url)

    def start(self) -> None:
        address = ("-h", "127.0.0.1", "-p", str(self._server.port), "-k", "")
        self._process = self._server.start("postgres", "-D", "data", *address)

    def create_database(self) -> None:
        self._server.create_database(self._process)

    def stop(self) -> None:
        """At once, as in a crash."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=60)

    def cut_connections(self) -> int:
        with psycopg.connect(self.url, autocommit=True) as connection:
            ((count,),) = connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
            return int(count)


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="hub-postgres-", ignore_cleanup_errors=True) as home:
        server = Server(Path(home))
        server.start()
        try:
            server.create_database()
            yield server
        finally:
            server.stop()


@pytest.fixture
def hub(server, tmp_path):
    hub = Hub(tmp_path, server.url, HUB_LEASE_SECONDS="5")
    hub.run("migrate", "--verbosity", "0")
    try:
        yield hub
    finally:
        hub.stop()


def test_a_database_that_is_restarted_and_cuts_its_connections_in_mid_work_loses_nothing(hub, server):
    hub.start_erp("--calm", program="tests.queues.faults.receiver")
    plant(hub, ITEMS)
    supervisor, drain = hub.start("hub_run"), hub.start("hub_drain", "--loop")
    wait_until(lambda: readiness(hub)[0] == 200, seconds=RESUMES_WITHIN, what="a ready hub")
    wait_for_deliveries(hub)
    for _ in range(2):
        server.stop()
        wait_until(lambda: readiness(hub)[0] == 503, seconds=30, what="an unready hub")
        assert readiness(hub)[1]["database"] == "does not answer"
        status, said = diagnosis(hub)
        assert status == 1
        assert "TROUBLE database: cannot be reached" in said
        server.start()
        wait_for_deliveries(hub)
        wait_until(lambda: readiness(hub)[0] == 200, seconds=RESUMES_WITHIN, what="a ready hub")
    for _ in range(CUTS):
        assert server.cut_connections() > 0
        wait_for_deliveries(hub)

    wait_until(lambda: hub.states() == {"Succeeded": ITEMS}, seconds=300, what="everything delivered")

    stats = hub.erp("/_stats")
    assert (stats["conflicting_keys"], stats["distinct_keys"]) == (0, ITEMS)
    for process in (supervisor, drain):
        assert process.poll() is None
        process.terminate()
    assert [process.wait(timeout=60) for process in (supervisor, drain)] == [0, 0]


def test_hubs_that_are_started_at_once_on_an_empty_database_prepare_it_one_after_the_other(server, tmp_path):
    hubs = [Hub(make_directory(tmp_path / str(number)), server.url) for number in range(3)]
    for hub in hubs[1:]:
        shutil.copy(hubs[0].directory / "keys.json", hub.directory)
    supervisors = [hub.start("hub_run") for hub in hubs]
    try:
        for hub in hubs:
            wait_until(lambda: readiness(hub)[0] == 200, seconds=PREPARED_WITHIN, what="a ready hub")  # noqa: B023
        assert hubs[0].query("SELECT count(*) FROM django_q_schedule") == [(1,)]
        for supervisor in supervisors:
            supervisor.terminate()
        assert [supervisor.wait(timeout=60) for supervisor in supervisors] == [0, 0, 0]
        assert "another hub is preparing the database" in "".join(map(read_log, hubs))
    finally:
        for hub in hubs:
            hub.stop()


def make_directory(path: Path) -> Path:
    path.mkdir()
    keys.load_or_create(path)
    return path


def read_log(hub: Hub) -> str:
    (log,) = hub.directory.glob("hub_run-*.log")
    return log.read_text()


def wait_for_deliveries(hub: Hub) -> None:
    before = hub.erp("/_stats")["accepted"]
    wait_until(
        lambda: hub.erp("/_stats")["accepted"] > before + 20, seconds=RESUMES_WITHIN, what="work going on"
    )
