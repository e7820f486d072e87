"""The limit: the same rows of the same table claimed and completed by two statements, and nothing else.

`python -m bench.bare` is one process of it, behind the gate. PostgreSQL.
"""

import os
from typing import Any

import psycopg

from bench import gated

BATCH = 100

_OWNERS = b"SELECT id FROM integrations_clientintegration ORDER BY id"
_CLAIM = f"""
    WITH c AS MATERIALIZED (
        SELECT id FROM queue_integrationqueue
        WHERE client_integration_id = %s AND due_at <= statement_timestamp()
        ORDER BY due_at, id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
    )
    UPDATE queue_integrationqueue AS q
    SET state = 'Processing', due_at = statement_timestamp() + interval '60 s', lease_no = q.lease_no + 1
    FROM c WHERE q.id = c.id RETURNING q.id, q.lease_no
""".encode()  # noqa: S608
_COMPLETE = b"""
    UPDATE queue_integrationqueue AS q
    SET state = 'Succeeded', due_at = NULL, finished_on = statement_timestamp()
    FROM unnest(%s::bigint[], %s::integer[]) AS v(id, lease_no)
    WHERE q.id = v.id AND q.lease_no = v.lease_no AND q.state = 'Processing'
"""


def complete_all(connection: "psycopg.Connection[tuple[Any, ...]]") -> int:
    """In autocommit, so that claim and completion are a commit each. Returns how many it completed."""
    completed = 0
    for (owner,) in connection.execute(_OWNERS).fetchall():
        while rows := connection.execute(_CLAIM, [owner]).fetchall():
            ids, leases = zip(*rows, strict=True)
            completed += connection.execute(_COMPLETE, [list(ids), list(leases)]).rowcount
    return completed


if __name__ == "__main__":
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as own:
        gated.serve_gate(lambda: complete_all(own))
