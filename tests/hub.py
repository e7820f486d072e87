"""A hub of its own for tests that need real processes: own data directory, own database, own ERP."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from queues.management.commands.hub_drain import WELCOME
from queues.supervising.programs import make_web

APPLICATION = "integrationhub.asgi"
ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """The first true value of the condition; fails loudly when it does not come in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")


class Hub:
    """Runs management commands of a hub as processes, and stops them all at the end."""

    def __init__(self, directory: Path, database_url: str | None, **environment: str) -> None:
        self.directory = directory
        self.erp_port = free_port()
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self._logs: dict[int, Path] = {}
        self.environment = {
            **os.environ,
            "HUB_DATA_DIR": str(directory),
            "DATABASE_URL": database_url or f"sqlite:///{directory / 'hub.sqlite3'}",
            "HUB_OUTBOUND_ALLOW": "127.0.0.0/8",
            "PORT": str(self.port),
            "ERP_PORT": str(self.erp_port),
            "DJANGO_SETTINGS_MODULE": "integrationhub.settings",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }

    def run(self, *arguments: str) -> str:
        """Runs a management command to its end and returns what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def ask(self, code: str) -> Any:
        """What the code, run inside the hub, assigns to `answer`."""
        marker = "answer>"
        printed = self.run(
            "shell", "--no-imports", "-c", f"{code}\nimport json; print({marker!r} + json.dumps(answer))"
        )
        return json.loads(printed.rsplit(marker, 1)[1])

    def start(self, *arguments: str, module: bool = False) -> subprocess.Popen[bytes]:
        command = [sys.executable, *(["-m"] if module else ["manage.py"]), *arguments]
        path = self.directory / f"{arguments[0]}-{len(self.processes)}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        self._logs[process.pid] = path
        return process

    def stop_drain(self, drain: subprocess.Popen[bytes]) -> int:
        """The exit code of a `hub_drain --loop` that is told to end, once it is there to listen."""
        log = self._logs[drain.pid]
        wait_until(lambda: WELCOME in log.read_text(), seconds=30, what="A drain that listens")
        drain.send_signal(signal.SIGTERM)
        return drain.wait(timeout=60)

    def start_web(self, application: str = APPLICATION) -> subprocess.Popen[bytes]:
        """The shipped web server, for the hub or for another application."""
        command = make_web("127.0.0.1", self.port, environment={}).command[2:]
        return self.start(*(application if part == APPLICATION else part for part in command), module=True)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """What the hub's database answers, without a process of the hub: quick enough to be asked often."""
        url = self.environment["DATABASE_URL"]
        if self.is_embedded:
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as database:
                return database.execute(statement).fetchall()
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(statement).fetchall()

    @property
    def is_embedded(self) -> bool:
        """Whether its database is SQLite."""
        return self.environment["DATABASE_URL"].startswith("sqlite")

    def states(self) -> dict[str, int]:
        """How many items are in which state."""
        return dict(self.query("SELECT state, count(*) FROM queue_integrationqueue GROUP BY state"))

    def start_erp(self, *arguments: str, program: str = "demo.erp") -> subprocess.Popen[bytes]:
        erp = self.start(
            program,
            "--port",
            str(self.erp_port),
            "--data-dir",
            str(self.directory / "erp"),
            *arguments,
            module=True,
        )
        wait_until(self._erp_answers, seconds=30, what="The ERP answering")
        return erp

    def erp(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.erp_port}{path}", timeout=10) as answer:
            return json.load(answer)

    def _erp_answers(self) -> bool:
        try:
            return bool(self.erp("/_stats"))
        except OSError:
            return False

    def stop(self) -> None:
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)


@contextmanager
def fresh_database(url: str | None) -> Iterator[str | None]:
    """A database of its own on the PostgreSQL server of `url`; None (SQLite) for anything else."""
    if url is None or not url.startswith("postgres"):
        yield None
        return
    name = f"hub_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_hub(directory: Path, **environment: str) -> Iterator[Hub]:
    """A migrated hub without processes, on the kind of database that the suite runs on."""
    with fresh_database(os.environ.get("DATABASE_URL")) as database_url:
        hub = Hub(directory, database_url, **environment)
        hub.run("migrate", "--verbosity", "0")
        try:
            yield hub
        finally:
            hub.stop()
