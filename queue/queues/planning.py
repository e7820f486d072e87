"""What PostgreSQL's planner has to be told about the ledger: it grows faster than its statistics do."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from integrations.models import Record
from queues.sql import TABLE

BURST = 1000
_RECORDS = Record._meta.db_table
_HAS_GROWN = "SELECT pg_relation_size(oid) > 8192 * 1.1 * relpages FROM pg_class WHERE oid = %s::regclass"
_FOR_MANY_ROWS = ("enable_seqscan", "enable_bitmapscan", "enable_sort")


@contextmanager
def point_reads() -> Iterator[None]:
    """For the connection, while the block runs: every statement reads few rows, by an index that has them in
    the order it needs.

    Without statistics, as in a burst, the planner would rather read and sort the whole backlog.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = off" for name in _FOR_MANY_ROWS))
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("; ".join(f"RESET {name}" for name in _FOR_MANY_ROWS))


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
    """Brings the statistics up to date after a burst, before what a drain does is planned by them."""
    if rows > BURST and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLE}")
            # Records that nothing is known of are read by the wrong index, all of a client's for each.
            cursor.execute(_HAS_GROWN, [_RECORDS])
            if cursor.fetchone()[0]:
                cursor.execute(f"ANALYZE {_RECORDS}")
