"""Workers on a bulk job, killed for real: every item is acted on once."""

import random
import signal
import time

import pytest

from tests.hub import running_hub, wait_until

pytestmark = pytest.mark.kill

ITEMS = 1000
KILLS = 4

SEED = f"""
from django.utils import timezone
from integrations.principals import Principal
from queues import bulk
from queues.models import IntegrationQueue
from queues.clock import database_now
from queues.ticking import tick
from tests.queues.engine import make_exported_payments
activation = make_exported_payments(count={ITEMS}, base_url="http://127.0.0.1:9", path="/x")
tick(database_now())
IntegrationQueue.objects.update(state="DeadLetter", message="dead", due_at=None)
by = Principal(None, activation.client, frozenset({{"operate"}}))
answer = bulk.start("retry", {{"state": "DeadLetter"}}, by=by, now=timezone.now()).pk
"""
# Chunks are small, so that there are many lines to be killed at.
WORK = """
from queues.bulk import working
from queues.clock import database_now
working.CHUNK = 10
while working.work(now=database_now()):
    pass
"""
JOB = "SELECT state, done, skipped FROM queue_bulkjob"
CYCLES = "SELECT state, cycle, row_version, count(*) FROM queue_integrationqueue GROUP BY 1, 2, 3"


def test_a_job_whose_workers_are_killed_acts_once_on_every_item(tmp_path):
    with running_hub(tmp_path) as hub:
        hub.ask(SEED)
        for _ in range(KILLS):
            worker = hub.start("shell", "--no-imports", "-c", WORK)
            before = hub.query(JOB)
            wait_until(lambda: hub.query(JOB) != before, seconds=60, what="A chunk")  # noqa: B023
            time.sleep(random.uniform(0, 0.05))  # noqa: S311
            worker.send_signal(signal.SIGKILL)
            worker.wait(timeout=10)
            ((state, done, _),) = hub.query(JOB)
            acted_on = sum(count for state, cycle, _, count in hub.query(CYCLES) if cycle == 2)
            assert acted_on == done
            if state == "Done":
                break
        worker = hub.start("shell", "--no-imports", "-c", WORK)
        assert worker.wait(timeout=120) == 0
        assert hub.query(JOB) == [("Done", ITEMS, 0)]
        assert hub.query(CYCLES) == [("Pending", 2, 2, ITEMS)]
