"""The database's clock: the one that leases, due times and retries are measured on."""

from datetime import UTC, datetime

from django.db import connection


def database_now() -> datetime:
    """The time by the database, which all processes on all machines share."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)  # SQLite's clock is that of the one machine it is on
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
