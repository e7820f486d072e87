"""System checks: settings with which the hub would start, and then lose work, stand still or lie open.

Ids are stable: who knows better puts one into SILENCED_SYSTEM_CHECKS. No message quotes a secret.
"""

import stat
from collections.abc import Iterator, Mapping
from importlib import import_module
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution

from integrationhub import keys
from integrationhub.wire.transport import AddressGuard

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"
# Others publish distributions under all three names.
PACKAGES = {"channels": "channels", "integrations": "integrations", "queues": "queue/queues"}
SHORTEST_LEASE = 3  # seconds
LOCAL_HOSTS = {"localhost", ".localhost", "127.0.0.1", "[::1]"}


@register(Tags.compatibility)
def check_packages(**_: Any) -> Iterator[CheckMessage]:
    for name, folder in PACKAGES.items():
        found = _folder_of(name)
        if found != settings.BASE_DIR / folder:
            yield Error(
                f"The package {name!r} is not the hub's own: it comes from {found}.",
                hint=f"Uninstall the distribution that brings another {name!r}, or take it off the path.",
                id="hub.E001",
            )


def _folder_of(package: str) -> Path | None:
    file = import_module(package).__file__
    return Path(file).resolve().parent if file else None


@register(Tags.compatibility)
def check_databases(**_: Any) -> Iterator[CheckMessage]:
    for alias, config in settings.DATABASES.items():
        yield from _dangers_of_database(alias, config)


def _dangers_of_database(alias: str, config: Mapping[str, Any]) -> Iterator[CheckMessage]:
    engine, options = config["ENGINE"], config.get("OPTIONS", {})
    if engine not in {SQLITE, POSTGRESQL}:
        yield Error(
            f"Database {alias!r} uses {engine}: the queue is proven on SQLite and PostgreSQL alone.",
            hint="Set DATABASE_URL to a sqlite:/// or postgres:// URL.",
            id="hub.E002",
        )
    if config.get("ATOMIC_REQUESTS"):
        yield Error(
            f"Database {alias!r} has ATOMIC_REQUESTS on: a slow request would hold its locks to the end.",
            hint="Leave it off: every verb opens the transactions that it needs.",
            id="hub.E003",
        )
    if options.get("pool"):
        yield Error(
            f"Database {alias!r} has a connection pool: the cluster forks, and a pool does not survive that.",
            hint="Take `pool` out of DATABASE_URL: connections are kept, and checked, without one.",
            id="hub.E004",
        )
    if engine == SQLITE and options.get("transaction_mode") != "IMMEDIATE":
        yield Error(
            f"Database {alias!r} is SQLite without IMMEDIATE transactions: of two writers, one fails.",
            hint="Take `transaction_mode` out of DATABASE_URL.",
            id="hub.E005",
        )


@register(Tags.security)
def check_hosts(**_: Any) -> Iterator[CheckMessage]:
    hosts = set(settings.ALLOWED_HOSTS)
    if "*" in hosts:
        yield Error(
            "HUB_ALLOWED_HOSTS holds '*': any caller may choose the host name that links are made of.",
            hint="List the names under which people and software reach this hub.",
            id="hub.E006",
        )
    if settings.DEBUG and not hosts <= LOCAL_HOSTS:
        yield Error(
            f"HUB_DEBUG is on, and not for this machine alone: {', '.join(sorted(hosts - LOCAL_HOSTS))}.",
            hint="Turn HUB_DEBUG off: its error pages show data. Else shorten HUB_ALLOWED_HOSTS.",
            id="hub.E007",
        )


@register(Tags.security)
def check_encryption_keys(**_: Any) -> Iterator[CheckMessage]:
    hint = "Take one from `openssl rand -base64 32 | tr '+/' '-_'`; the newest key comes first."
    if not settings.HUB_ENCRYPTION_KEYS:
        yield Error("HUB_ENCRYPTION_KEYS is empty: no stored secret can be read.", hint=hint, id="hub.E008")
    for position, key in enumerate(settings.HUB_ENCRYPTION_KEYS, start=1):
        if not _is_encryption_key(key):
            yield Error(
                f"Key {position} of HUB_ENCRYPTION_KEYS is not 32 bytes in URL-safe Base64.",
                hint=hint,
                id="hub.E008",
            )


def _is_encryption_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


@register(Tags.security)
def check_key_file(**_: Any) -> Iterator[CheckMessage]:
    path = settings.DATA_DIR / keys.FILE_NAME
    if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Error(
            f"{path} is open to other users of this machine: they can sign sessions and read stored secrets.",
            hint=f"chmod 600 {path}; if others work on this machine, replace the keys as well.",
            id="hub.E009",
        )


@register(Tags.security)
def check_outbound_allow(**_: Any) -> Iterator[CheckMessage]:
    try:
        AddressGuard(settings.HUB_OUTBOUND_ALLOW)
    except ValueError as error:
        yield Error(
            f"HUB_OUTBOUND_ALLOW: {error}",
            hint="List addresses, networks such as 10.1.0.0/16 and host names, with commas between.",
            id="hub.E010",
        )
    for entry in settings.HUB_OUTBOUND_ALLOW:
        if _is_everywhere(entry):
            yield Caution(
                f"HUB_OUTBOUND_ALLOW holds {entry}: who may edit a URL can reach all of this network.",
                hint="List the systems on the premises that the hub talks to.",
                id="hub.W001",
            )


def _is_everywhere(entry: str) -> bool:
    try:
        return ip_network(entry, strict=False).prefixlen == 0
    except ValueError:
        return False


@register(Tags.compatibility)
def check_cluster(**_: Any) -> Iterator[CheckMessage]:
    cluster = settings.Q_CLUSTER
    timeout, retry = cluster.get("timeout"), cluster.get("retry", 0)
    if not timeout or retry <= timeout:
        yield Error(
            f"Q_CLUSTER retries a task after {retry} s and gives it {timeout} s: it would run twice at once.",
            hint="Set `timeout`, and `retry` well above it: a task also waits inside the cluster.",
            id="hub.E011",
        )
    if cluster.get("catch_up", True):
        yield Error(
            "Q_CLUSTER has catch_up on: after a pause it would replay every tick that was missed.",
            hint="Set `catch_up` to False: one tick finds all that is due.",
            id="hub.E012",
        )
    if not cluster.get("ack_failures"):
        yield Error(
            "Q_CLUSTER has ack_failures off: a task that fails would be run again for ever.",
            hint="Set `ack_failures` to True: the next tick does what a failed task left.",
            id="hub.E013",
        )
    if (workers := cluster.get("workers", 0)) < 2:
        yield Caution(
            f"HUB_WORKERS is {workers}: what is due is found only between one drain and the next.",
            hint="Set it to 2 or more: one worker looks while the others deliver.",
            id="hub.W002",
        )


@register(Tags.compatibility)
def check_lease(**_: Any) -> Iterator[CheckMessage]:
    # A living worker renews its leases, however long a request takes: a lease must outlast a pause, no more.
    lease = settings.HUB_LEASE_SECONDS
    if lease < SHORTEST_LEASE:
        yield Error(
            f"HUB_LEASE_SECONDS is {lease}: a worker that pauses for a moment loses its items.",
            hint=f"Set it to {SHORTEST_LEASE} or more; 60 serves well.",
            id="hub.E014",
        )


@register(Tags.compatibility)
def check_retention(**_: Any) -> Iterator[CheckMessage]:
    for name in ("HUB_BODY_DAYS", "HUB_ATTEMPT_DAYS", "HUB_RUN_DAYS"):
        if (days := getattr(settings, name)) < 1:
            yield Error(
                f"{name} is {days}: what happened today would be deleted within the hour.",
                hint="Set it to 1 or more.",
                id="hub.E015",
            )
