"""A demo ERP in a process of its own, spoken to over real sockets."""

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    content: Any


class ErpProcess:
    def __init__(self, data_dir: Path, *flags: str) -> None:
        command = [sys.executable, "-m", "demo.erp", "--port", "0", "--data-dir", str(data_dir), *flags]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        greeting = self.process.stdout.readline()
        self.port = int(greeting.split("http://127.0.0.1:")[1].split(",")[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        with self.process:  # closes the pipe and waits
            pass

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def connect_raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def call(self, method: str, path: str, content: object = None, **headers: str) -> Reply:
        """Header names are written with underscores; content that is not bytes goes out as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = self.connect()
        try:
            connection.request(method, path, None if content is None else body, named)
            response = connection.getresponse()
            return Reply(response.status, response.headers, json.loads(response.read()))
        finally:
            connection.close()

    def post(self, path: str, content: object, key: str) -> Reply:
        return self.call("POST", path, content, Idempotency_Key=key)

    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = self.call("GET", "/_stats").content
        return stats

    def keys(self, entity: str) -> list[str]:
        keys: list[str] = self.call("GET", f"/_keys?entity={entity}").content
        return keys


StartErp = Callable[..., ErpProcess]


@pytest.fixture
def start_erp() -> Iterator[StartErp]:
    """Starts as many as a test wants: `start_erp(data_dir, "--calm")`; all are stopped after it."""
    started: list[ErpProcess] = []

    def start(data_dir: Path, *flags: str) -> ErpProcess:
        started.append(ErpProcess(data_dir, *flags))
        return started[-1]

    yield start
    for erp in started:
        erp.__exit__()


@pytest.fixture(scope="module")
def _shared_calm_erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ErpProcess]:
    with ErpProcess(tmp_path_factory.mktemp("calm"), "--calm") as erp:
        yield erp


@pytest.fixture
def calm_erp(_shared_calm_erp: ErpProcess) -> ErpProcess:
    """An empty ERP that never fails on purpose."""
    _shared_calm_erp.call("POST", "/_reset")
    return _shared_calm_erp


@pytest.fixture(scope="module")
def _shared_failing_erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ErpProcess]:
    with ErpProcess(tmp_path_factory.mktemp("failing"), "--seed", "7") as erp:
        yield erp


@pytest.fixture
def failing_erp(_shared_failing_erp: ErpProcess) -> ErpProcess:
    """An empty ERP that fails by the plan of seed 7."""
    _shared_failing_erp.call("POST", "/_reset")
    return _shared_failing_erp
