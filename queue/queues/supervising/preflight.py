"""What must be in order before anything is started; each failure says what to do about it."""

import fcntl
import socket
import tempfile
from pathlib import Path
from typing import BinaryIO

from django.db import Error as DatabaseError
from django.db import connection


class PreflightError(Exception):
    """Something the operator has to put right first."""


def check_data_dir(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise PreflightError(
            f"The data directory {path} cannot be written to ({error.strerror}). "
            "Make it writable for this user, or set HUB_DATA_DIR to another one."
        ) from None


def claim_data_dir(path: Path) -> BinaryIO:
    """The lock of this data directory, ours for as long as the file is open and this process lives.

    A second hub in the same place would move the demo to its own ports and replace its credentials.
    """
    lock = (path / "hub_run.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise PreflightError(
            f"Another hub_run works in {path}. Stop it, or set HUB_DATA_DIR to another directory."
        ) from None
    return lock


def check_port(host: str, port: int, *, remedy: str) -> None:
    """`remedy` says how to choose another port."""
    if not 1 <= port <= 65_535:
        raise PreflightError(f"There is no port {port}; choose one from 1 to 65535: {remedy}.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise PreflightError(
            f"Port {port} on {host} cannot be used ({error.strerror}). "
            f"Stop the program that holds it, or choose another one: {remedy}."
        ) from None


def check_database() -> None:
    try:
        connection.ensure_connection()
        connection.close()
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        raise PreflightError(
            f"The database {_describe_database()} cannot be reached: {reason}. "
            "Start it, or correct DATABASE_URL in the environment or in .env."
        ) from None


def _describe_database() -> str:
    """Its place, without who signs in."""
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(config["NAME"])
    return f"{config['NAME']} on {config['HOST'] or 'this machine'}:{config['PORT'] or 'its default port'}"
