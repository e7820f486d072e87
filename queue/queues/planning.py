"""What PostgreSQL's planner has to be told about the ledger: it grows faster than its statistics do."""

from django.db import connection

from queues.sql import TABLE

BURST = 1000


def expect_many() -> None:
    """For the rest of the transaction: compare whole sets. Must be called inside one.

    Without statistics the planner takes the ledger for empty and probes it row by row through an index that
    also holds what the statement has inserted so far, which is quadratic.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_nestloop = off")
            # A first scan of very many rows takes its time; a worker may take 120 s.
            cursor.execute("SET LOCAL statement_timeout = '110s'")


def analyze_after(rows: int) -> None:
    """Brings the statistics up to date after a burst, before the claims are planned by them."""
    if rows > BURST and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLE}")
