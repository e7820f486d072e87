"""The hub's settings with a django-q2 cluster that is tuned for many small tasks."""

import os

from integrationhub.settings import *  # noqa: F403

Q_CLUSTER = {
    "name": "integrationhub",
    "orm": "default",
    "workers": int(os.environ["BENCH_WORKERS"]),
    "bulk": 200,  # tasks fetched in one look at the table; each is a round trip otherwise
    "queue_limit": 1000,
    "poll": 0.05,
    "save_limit": -1,  # no row for a result that nobody reads
    "ack_failures": True,
    "timeout": 120,
    "retry": 600,
    "catch_up": False,
    "recycle": 100_000,
    "log_level": "ERROR",
}
