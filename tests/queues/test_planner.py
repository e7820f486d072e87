"""What the databases do for a drain: they find the few rows it wants, however many there are.

Without statistics, and in a burst that statistics know nothing of, planners prefer to read and sort it all.
"""

import json
import re
from datetime import datetime, timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg import ClientCursor

from integrations.models import Record
from queues import planning
from queues.draining import Drain
from queues.models import IntegrationQueue
from queues.sql import adapted
from queues.states import State
from tests.queues.engine import run_tick, store

TABLES = LEDGER, RECORDS = [model._meta.db_table for model in (IntegrationQueue, Record)]
BURST = 3000


class Plans:
    """Asks for the plan of each statement of the engine before it is executed."""

    def __init__(self):
        self.found = {}

    def __call__(self, execute, sql, params, many, context):
        if sql.split(None, 1)[0] in ("SELECT", "WITH", "UPDATE"):
            ask = explain_kept if connection.vendor == "postgresql" else explain
            self.found[sql] = steps(ask(sql, params or ()))
        return execute(sql, params, many, context)

    def of(self, words):
        return next(plan for sql, plan in self.found.items() if words in sql)


def explain(sql, params):
    """As SQLite's own cursor takes it."""
    text = re.sub(r"%\((\w+)\)s", r":\1", sql) if isinstance(params, dict) else sql.replace("%s", "?")
    return connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {text}", params).fetchall()


def explain_kept(sql, params):
    """The plan that PostgreSQL makes for any parameters, once it has been told to keep one."""
    names = list(params) if isinstance(params, dict) else []
    values = list(params.values()) if names else list(params)
    numbers = count(1)
    text = re.sub(
        r"%s|%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1 if found[1] else next(numbers)}", sql
    )
    types = ", ".join("timestamptz" if isinstance(value, datetime) else "unknown" for value in values)
    cursor = ClientCursor(connection.connection)
    cursor.execute(f"PREPARE watched {f'({types})' if types else ''} AS {text}")
    given = f"({', '.join(['%s'] * len(values))})" if values else ""
    cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE watched{given}", values)
    rows = cursor.fetchall()
    cursor.execute("DEALLOCATE watched")
    return rows


def steps(rows):
    """A plan as a list of lines: what is done, to which table, by which index."""
    if connection.vendor != "postgresql":
        return [row[3] for row in rows]
    (plan,) = rows[0][0] if isinstance(rows[0][0], list) else json.loads(rows[0][0])
    return list(nodes(plan["Plan"]))


def nodes(node):
    yield " ".join(str(node.get(name, "")) for name in ("Node Type", "Relation Name", "Index Name"))
    for child in node.get("Plans", ()):
        yield from nodes(child)


def is_whole(step):
    """Reads a table of the engine from end to end."""
    if connection.vendor == "postgresql":
        return step.startswith(("Seq Scan", "Bitmap")) and any(table in step for table in TABLES)
    return bool(re.match(rf"SCAN (q|r|{'|'.join(TABLES)})( |$)(?!.*INDEX)", step))


def is_by_key(step):
    return "queue_integrationqueue_pkey" in step or "INTEGER PRIMARY KEY" in step


def is_sort(step):
    return "Sort" in step or "TEMP B-TREE FOR ORDER BY" in step


def make_rows(activation, number, now, *, state, due_at=None):
    """In one statement: their number is all that matters."""
    statement = f"""
        INSERT INTO {LEDGER} (client_integration_id, client_id, integration_id, item_id, item_name,
            item_updated_on, state, due_at, attempt, cycle, lease_owner, lease_no, crashes, rendered_hash,
            version, row_version, created_on, updated_on)
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
        SELECT %s, %s, %s, '{state}-' || n, 'made',
            %s, '{state}', %s, 0, 1, '', 0, 0, '', 1, 1, %s, %s
        FROM numbers
    """  # noqa: S608
    at = adapted(now)
    owners = [activation.pk, activation.client_id, activation.integration_id]
    with connection.cursor() as cursor:
        cursor.execute(statement, [number, *owners, at, due_at and adapted(due_at), at, at])


def copy_record(number):
    copied = "client_id, entity_id, item_name, data, digest, item_updated_on"
    moments = "stored_on, created_on, updated_on"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {RECORDS} (item_id, row_version, {copied}, {moments})
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
            SELECT 'copy-' || n, 1, {copied}, {moments} FROM {RECORDS} CROSS JOIN numbers
            """,  # noqa: S608
            [number],
        )


def analyze(table=LEDGER):
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")


def follow_a_drain(activation, time):
    """The plans of three rounds: claim and read, start, acknowledge."""
    with planning.point_reads(), Drain() as worker, connection.execute_wrapper(plans := Plans()):
        for _ in range(3):
            worker.step()
        worker.run(seconds=0, stop=lambda: True, wait=False)  # gives back what it claimed ahead
    assert worker.finished
    return plans


def check(plans):
    assert not [(sql, step) for sql, found in plans.found.items() for step in found if is_whole(step)]
    claim = plans.of("AS chosen")
    assert not [step for step in claim if is_sort(step)]
    assert any("queue_claim" in step for step in claim)
    assert any("queue_claim" in step for step in plans.of("ci.runnable AND ("))
    for words in ("rendered_hash = v.rendered_hash", "WHEN v.refund"):  # start mark, acknowledgement
        assert any(is_by_key(step) for step in plans.of(words))


@pytest.fixture
def waiting(activation, time, script):
    """An item that waits for the drain to be watched, before all others."""
    store(activation, 1, time=time)
    run_tick(time)
    early = time.now - timedelta(hours=1)
    IntegrationQueue.objects.update(due_at=early, item_updated_on=early)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_nestloop = on")  # off for the rest of a scan's transaction
            cursor.execute("SET LOCAL statement_timeout = 0")
    return activation


@pytest.mark.parametrize(
    "known", ["nothing", "an empty ledger", "finished rows", "the burst", "what a scan says of it"]
)
def test_a_drain_reads_no_table_whole_and_sorts_no_backlog(waiting, time, known):
    if known == "an empty ledger":
        analyze()
    if known == "finished rows":
        make_rows(waiting, BURST, time.now, state=State.SUCCEEDED)
        analyze()
    make_rows(waiting, BURST, time.now, state=State.PENDING, due_at=time.now)
    if known == "the burst":
        analyze()
    if known == "what a scan says of it":
        planning.analyze_after(BURST)
    check(follow_a_drain(waiting, time))


def test_in_order_the_index_in_order_is_read(waiting, time):
    integration = waiting.integration
    type(integration).objects.filter(pk=integration.pk).update(parallel=False)
    make_rows(waiting, BURST, time.now, state=State.PENDING, due_at=time.now)
    claim = follow_a_drain(waiting, time).of("AS chosen")
    for index in ("queue_in_flight", "queue_claim_in_order"):
        assert any(index in step for step in claim)
    assert not [step for step in claim if is_sort(step)]


def test_a_burst_brings_the_statistics_up_to_date_and_less_does_not(waiting):
    for rows, is_burst in ((planning.BURST, False), (planning.BURST + 1, True)):
        with CaptureQueriesContext(connection) as queries:
            planning.analyze_after(rows)
        told = [query["sql"] for query in queries if query["sql"].startswith("ANALYZE")]
        assert any(f"ANALYZE {LEDGER} " in each for each in told) == (
            is_burst and connection.vendor == "postgresql"
        )


@pytest.mark.scale
def test_a_million_waiting_rows_change_no_plan(waiting, time):
    make_rows(waiting, 1_000_000, time.now, state=State.PENDING, due_at=time.now)
    check(follow_a_drain(waiting, time))
    analyze()
    delivered = IntegrationQueue.objects.filter(state=State.SUCCEEDED)
    delivered.update(state=State.PENDING, due_at=time.now - timedelta(hours=1), finished_on=None)
    check(follow_a_drain(waiting, time))


def test_records_are_read_by_the_index_that_has_their_keys(waiting, time):
    copy_record(BURST)
    analyze(RECORDS)
    read = follow_a_drain(waiting, time).of("r.origin_id")
    assert any("record_once" in step or "item_id=?" in step for step in read)


@pytest.mark.parametrize("known", ["nothing", "all of them"])
def test_a_record_that_is_stored_again_is_looked_up_alone(waiting, time, known):
    copy_record(BURST)
    if known == "all of them":
        analyze(RECORDS)
    with connection.execute_wrapper(plans := Plans()):
        store(waiting, 1, time=time)
    looked_up = plans.of("THEN held.item_updated_on")
    assert any("record_once" in step or "(client_id,entity_id,item_id)>" in step for step in looked_up), (
        looked_up
    )
