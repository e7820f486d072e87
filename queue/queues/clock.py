"""The database's clock: the one that leases, due times and retries are measured on."""

from datetime import UTC, datetime

from django.db import connection

from integrations import prepared


def database_now() -> datetime:
    """The time by the database, which all processes on all machines share."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)  # SQLite's clock is that of the one machine it is on
    ((now,),) = prepared.fetch("SELECT clock_timestamp()", [])
    assert isinstance(now, datetime)  # noqa: S101
    return now.astimezone(UTC)
