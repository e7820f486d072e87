"""What PostgreSQL's planner has to be told about the ledger: it grows faster than its statistics do."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from integrations.models import Record
from queues.sql import TABLE

BURST = 1000
_RECORDS = Record._meta.db_table
_HAS_GROWN = "SELECT pg_relation_size(oid) > 8192 * 1.1 * relpages FROM pg_class WHERE oid = %s::regclass"
_FOR_DRAINS = {
    **dict.fromkeys(
        ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_hashjoin", "enable_mergejoin"), "off"
    ),
    "plan_cache_mode": "force_generic_plan",
    # A drain that freezes in the middle of a round keeps others from what it has locked no longer than this.
    "idle_in_transaction_session_timeout": "'30s'",
}
# So many times a statement is planned anew before its plan is kept.
_TIMES_PLANNED = 2


def expect_few() -> None:
    """For a drain's connection, from now on: every statement reads few rows, by an index that has them in the
    order it needs. What comes again and again is planned once.

    Without statistics, as in a burst, the planner would rather read and sort the whole backlog.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("; ".join(f"SET {name} = {value}" for name, value in _FOR_DRAINS.items()))
        connection.connection.prepare_threshold = _TIMES_PLANNED


@contextmanager
def point_reads() -> Iterator[None]:
    """As expect_few, while the block runs."""
    expect_few()
    try:
        yield
    finally:
        driver = connection.connection
        if connection.vendor == "postgresql" and driver is not None and not driver.closed:
            driver.prepare_threshold = None
            with connection.cursor() as cursor:
                cursor.execute("; ".join(f"RESET {name}" for name in _FOR_DRAINS))


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
    """Brings the statistics up to date after a burst, before what a drain does is planned by them: those of
    what statements choose by. The others wait for the server's own clean-up.
    """
    if rows > BURST and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLE} (client_integration_id, client_id, state, due_at)")
            # Records that nothing is known of are read by the wrong index, all of a client's for each.
            cursor.execute(_HAS_GROWN, [_RECORDS])
            if cursor.fetchone()[0]:
                cursor.execute(f"ANALYZE {_RECORDS} (client_id, entity_id, item_id, origin_id, stored_on)")
