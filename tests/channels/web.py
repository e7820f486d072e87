"""The shipped web server with a channel, as processes of their own, and a way to call it byte by byte."""

import http.client
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.hub import Hub, free_port, wait_until

SETUP = """
from django.utils import timezone
from channels import points
from integrations import credentials
from integrations.models import Client
from integrations.principals import Principal, Scope
client = Client.objects.create(code="acme", name="Acme")
scopes = [scope for scope in Scope.values if scope != "staff"]
by = Principal(None, client, frozenset(scopes))
issued = credentials.issue("bearer", now=timezone.now(), client=client, scopes=scopes)
point = points.create(client, {"code": "ABCDE", "type": "public"}, by=by, now=timezone.now())
answer = {"bearer": issued.token, "id": str(point.point_id), "token": point.token_local}
"""

NGINX = """
daemon off; worker_processes 1; pid %(directory)s/nginx.pid; error_log %(directory)s/nginx.error.log;
events { worker_connections 256; }
http {
  access_log off; client_max_body_size 20m;
  client_body_temp_path %(directory)s; proxy_temp_path %(directory)s; fastcgi_temp_path %(directory)s;
  uwsgi_temp_path %(directory)s; scgi_temp_path %(directory)s;
  server {
    listen 127.0.0.1:%(port)d;
    location / {
      proxy_pass http://127.0.0.1:%(upstream)d; proxy_http_version 1.1; proxy_request_buffering off;
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
"""


@dataclass(frozen=True)
class Web:
    """Who calls, and where: `keys` has a client's bearer token, its channel's id and local token."""

    port: int
    process: subprocess.Popen[bytes]
    keys: dict[str, str]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The status and the JSON of the answer. A body that is an iterator is sent in chunks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {
            "Authorization": f"Bearer {self.keys['bearer']}",
            "Content-Type": "application/json; charset=utf-8",
            **headers,
        }
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            told = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(told) if told else None


def start_web(hub: Hub) -> Web:
    keys = hub.ask(SETUP)
    process = hub.start_web()
    wait_until(lambda: _answers(hub.port), seconds=60, what="The web server answering")
    return Web(hub.port, process, keys)


@contextmanager
def nginx_before(web: Web, directory: Path) -> Iterator[Web]:
    """The same, called through nginx."""
    port = free_port()
    configuration = directory / "nginx.conf"
    configuration.write_text(NGINX % {"directory": directory, "port": port, "upstream": web.port})
    process = subprocess.Popen(["/usr/sbin/nginx", "-c", str(configuration)])
    try:
        wait_until(lambda: _answers(port), seconds=30, what="nginx answering")
        yield Web(port, process, web.keys)
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return True
    except OSError:
        return False
