"""One installation as `hub_run` brings it up: checked, prepared, and then a set of programs."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from integrations import entity_models
from queues import roles
from queues.supervising import preflight, programs, tick_schedule
from queues.supervising.children import Program
from queues.supervising.turns import preparing_alone

# What the demo ERP is on; nothing else inside the machine's networks may be dialled without being listed.
LOOPBACK = "127.0.0.0/8,::1/128"
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (bound only when asked for)


@dataclass(frozen=True, slots=True)
class Installation:
    """`erp_port` is that of the demo ERP, None for a hub without the demo."""

    host: str
    port: int
    erp_port: int | None

    @property
    def url(self) -> str:
        host = self._local_host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def erp_url(self) -> str:
        return f"http://127.0.0.1:{self.erp_port}"

    def check(self) -> None:
        """Raises PreflightError."""
        preflight.check_data_dir(settings.DATA_DIR)
        preflight.check_port(self.host, self.port, remedy="hub_run --port N, or PORT=N")
        if self.erp_port is not None:
            preflight.check_port("127.0.0.1", self.erp_port, remedy="ERP_PORT=N")
        preflight.check_database()

    def prepare(self, say: Callable[[str], None]) -> None:
        say("preparing the database")
        with preparing_alone(say):
            call_command("migrate", interactive=False, verbosity=0)
            entity_models.install()
            for fault in tick_schedule.install(timezone.now()):
                say(f"{fault}: put right")
            for name in roles.install_roles():
                say(f"the role {name}: put right")
        say("collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        connections.close_all()

    def make_programs(self, *, erp_bearer: str | None) -> list[Program]:
        environment = {"PORT": str(self.port)}
        if self.erp_port is None or erp_bearer is None:
            return self._make_hub(environment)
        allowed = ",".join([*settings.HUB_OUTBOUND_ALLOW, LOOPBACK])
        environment |= {"ERP_PORT": str(self.erp_port), "HUB_OUTBOUND_ALLOW": allowed}
        erp = programs.make_erp(self.erp_port, bearer=erp_bearer, environment=environment)
        return [erp, *self._make_hub(environment)]

    def is_answering(self) -> bool:
        try:
            with socket.create_connection((self._local_host, self.port), timeout=0.2):
                return True
        except OSError:
            return False

    def _make_hub(self, environment: dict[str, str]) -> list[Program]:
        web = programs.make_web(self.host, self.port, environment=environment)
        return [web, programs.make_cluster(environment=environment)]

    @property
    def _local_host(self) -> str:
        return _EVERY_ADDRESS.get(self.host, self.host)


def choose_erp_port(port: int) -> int:
    """ERP_PORT where it is set, else the port after the web server's."""
    return settings.ERP_PORT if "ERP_PORT" in os.environ or port == settings.PORT else port + 1
