"""Where a bench runs: a database of its own, and processes that end with it."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from bench import cpu

ROOT = Path(__file__).resolve().parent.parent
_STOP_SECONDS = 40  # the hub's own supervisor takes up to 25
_TAIL = 2000


@dataclass
class Place:
    directory: Path
    database_url: str
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        """A process on this database in a session of its own; what it complains about is kept."""
        with self._complaints.open("a") as complaints:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self._environment(), **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,
                text=True,
            )
        self.processes.append(process)
        return process

    def python(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return self.start(sys.executable, *arguments, **environment)

    def stop(self, process: subprocess.Popen[str]) -> None:
        """Asks the leader of the session first; whatever is left of it after that is killed."""
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self.processes.remove(process)

    def stop_all(self) -> None:
        for process in list(self.processes):
            self.stop(process)

    def complaints(self) -> str:
        """The end of what the processes wrote to their standard error."""
        return self.read_complaints()[-_TAIL:]

    def read_complaints(self) -> str:
        return self._complaints.read_text(errors="replace") if self._complaints.exists() else ""

    @property
    def _complaints(self) -> Path:
        return self.directory / "complaints"

    def _environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "HUB_DATA_DIR": str(self.directory),
            "HUB_SECRET_KEY": settings.SECRET_KEY,
            "HUB_ENCRYPTION_KEYS": ",".join(settings.HUB_ENCRYPTION_KEYS),
            "HUB_OUTBOUND_ALLOW": "127.0.0.0/8",
            "PYTHONUNBUFFERED": "1",
        }


@contextmanager
def open_place() -> Iterator[Place]:
    """`django.db.connection` is on the place's own database meanwhile."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        make = _postgresql_database() if connection.vendor == "postgresql" else _sqlite_database(directory)
        with make as url:
            call_command("migrate", verbosity=0, interactive=False)
            place = Place(directory, url)
            try:
                yield place
            finally:
                place.stop_all()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], place: Place, *, seconds: float = 90.0) -> None:
    """Raises CommandError with the processes' complaints when it does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise CommandError(f"Nothing happened for {seconds:.0f} s.\n{place.complaints()}")
        time.sleep(0.05)


def require(vendor: str) -> None:
    if connection.vendor != vendor:
        raise CommandError(f"This part runs on {vendor}; DATABASE_URL names {connection.vendor}.")


def server_processes() -> list[int]:
    """The PostgreSQL server's first process, where it runs on this machine."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    return [cpu.parent(backend)] if cpu.program(backend).startswith("postgres") else []


@contextmanager
def _postgresql_database() -> Iterator[str]:
    url, name = os.environ["DATABASE_URL"], f"hub_bench_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            with _pointed_at(name):
                yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def _sqlite_database(directory: Path) -> Iterator[str]:
    path = directory / "hub.sqlite3"
    with _pointed_at(str(path)):
        yield f"sqlite:///{path}"


@contextmanager
def _pointed_at(name: str) -> Iterator[None]:
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
