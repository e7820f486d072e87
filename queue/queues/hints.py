"""A hint between processes that rows are due: LISTEN and NOTIFY on PostgreSQL, a short nap elsewhere."""

import time

from django.db import connection

CHANNEL = "hub_due"
NAP_SECONDS = 0.1


def give() -> None:
    """Tells the drains that wait. Call it when what has become due is committed, or in its transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def listen() -> None:
    """From now on this connection is told; hints are kept until they are waited for."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")


def wait(seconds: float) -> None:
    """Until a hint comes, or the time is over. Without hints it is a moment: the caller looks by itself."""
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        for _ in connection.connection.notifies(timeout=seconds, stop_after=1):
            return
    else:
        time.sleep(min(seconds, NAP_SECONDS))
