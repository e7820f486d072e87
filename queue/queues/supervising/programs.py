"""The programs of an installation."""

import sys
from collections.abc import Mapping

from django.conf import settings

from queues import slots
from queues.supervising.children import Program

WEB_WORKERS = 2
# Below the supervisor's own grace, so that gunicorn ends its workers itself.
WEB_GRACE_SECONDS = 20
# The most that gunicorn takes, for filters in addresses.
WEB_LINE_BYTES = 8190


def make_web(host: str, port: int, *, environment: Mapping[str, str]) -> Program:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = {
        "--bind": address,
        "--worker-class": "asgi",
        "--asgi-lifespan": "off",
        "--http-parser": "fast",
        "--limit-request-line": WEB_LINE_BYTES,
        "--workers": WEB_WORKERS,
        "--graceful-timeout": WEB_GRACE_SECONDS,
        "--log-level": "warning",
    }
    flags = [str(part) for option in options.items() for part in option]
    command = (sys.executable, "-m", "gunicorn", "integrationhub.asgi", *flags, "--no-control-socket")
    return Program("web", command, environment)


def make_cluster(*, environment: Mapping[str, str]) -> Program:
    command = (sys.executable, "manage.py", "qcluster")
    return Program("cluster", command, environment, watched=True, is_busy=_is_draining)


def _is_draining() -> bool:
    return slots.are_taken(settings.DATA_DIR / "slots")


def make_erp(port: int, *, bearer: str, environment: Mapping[str, str]) -> Program:
    """The demo ERP, which takes deliveries under this token."""
    command = (sys.executable, "-m", "demo.erp", "--port", str(port), "--data-dir", str(settings.DATA_DIR))
    return Program("demo ERP", command, {**environment, "ERP_BEARER": bearer}, last=True)
