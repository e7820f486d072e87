"""Real drains, killed for real: nothing is lost, and nothing is delivered under two keys."""

import random
import signal

import pytest

from tests.hub import running_hub, wait_until

pytestmark = pytest.mark.kill

ITEMS = 3000
KILLS = 8

SEED = f"""
from datetime import timedelta
from django.utils import timezone
from tests.queues.engine import make_exported_payments
activation = make_exported_payments(count={ITEMS}, base_url="http://127.0.0.1:%d", path="/entities/Payment")
from queues.clock import database_now
from queues.ticking import tick
tick(database_now())
answer = activation.pk
"""
COUNTS = """
from collections import Counter
from queues.models import IntegrationQueue
answer = Counter(IntegrationQueue.objects.values_list("state", flat=True))
"""
SUCCEEDED_KEYS = """
from queues.models import IntegrationQueue
answer = [item.idempotency_key for item in IntegrationQueue.objects.filter(state="Succeeded")]
"""


def test_drains_killed_at_work_lose_nothing_and_deliver_under_one_key(tmp_path):
    with running_hub(tmp_path, HUB_LEASE_SECONDS="3") as hub:
        hub.start_erp("--calm")
        hub.ask(SEED % hub.erp_port)
        assert hub.ask(COUNTS) == {"Pending": ITEMS}

        kills = 0
        drains = [hub.start("hub_drain", "--loop") for _ in range(2)]
        while kills < KILLS:
            before = hub.erp("/_stats")["accepted"]
            wait_until(lambda: hub.erp("/_stats")["accepted"] > before, seconds=60, what="A delivery")  # noqa: B023
            victim = random.choice(drains)  # noqa: S311
            victim.send_signal(signal.SIGKILL)
            victim.wait(timeout=10)
            drains.remove(victim)
            drains.append(hub.start("hub_drain", "--loop"))
            kills += 1
            if hub.erp("/_stats")["distinct_keys"] == ITEMS:
                break
        wait_until(lambda: hub.ask(COUNTS) == {"Succeeded": ITEMS}, seconds=120, what="Everything delivered")

        stats = hub.erp("/_stats")
        assert kills > 0
        assert stats["conflicting_keys"] == 0
        assert stats["by_entity"] == {"Payment": ITEMS}
        assert sorted(hub.erp("/_keys?entity=Payment")) == sorted(hub.ask(SUCCEEDED_KEYS))
        for drain in drains:
            drain.send_signal(signal.SIGTERM)
        assert [drain.wait(timeout=30) for drain in drains] == [0, 0]
