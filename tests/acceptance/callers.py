"""Callers of a running hub over real HTTP: each with a credential of its own."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.hub import Hub


@dataclass(frozen=True)
class Caller:
    port: int
    token: str

    def post(self, path: str, body: object = None) -> tuple[int, Any]:
        return self._send("POST", path, b"" if body is None else json.dumps(body).encode())

    def get(self, path: str) -> tuple[int, Any]:
        return self._send("GET", path, None)

    def _send(self, method: str, path: str, body: bytes | None) -> tuple[int, Any]:
        """The status and the JSON of the answer."""
        headers: Mapping[str, str] = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
        }
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as refusal:
            return refusal.code, _json(refusal.read())


def caller_of(hub: Hub, client: str | None = None) -> Caller:
    """May read, write, operate and use the ErpSync agent for the client; staff for no client."""
    whose = ("--client", client) if client else ("--staff",)
    scopes = ("--scopes", "read", "write", "operate", "erpsync")
    printed = hub.run("hub_credential", "create", *whose, *scopes, "--scheme", "bearer", "--json")
    return Caller(hub.port, json.loads(printed)["secret"])


def _json(body: bytes) -> Any:
    return json.loads(body) if body else None
