"""Real drains, killed for real: nothing is lost, and nothing is delivered under two keys."""

import random
import signal

import pytest

from tests.hub import running_hub, wait_until
from tests.queues.faults.seeding import plant

pytestmark = pytest.mark.kill

ITEMS = 3000
KILLS = 8

KEYS = "SELECT CAST(id AS TEXT) || '-' || CAST(cycle AS TEXT) FROM queue_integrationqueue"


def test_drains_killed_at_work_lose_nothing_and_deliver_under_one_key(tmp_path):
    with running_hub(tmp_path, HUB_LEASE_SECONDS="3") as hub:
        hub.start_erp("--calm")
        plant(hub, ITEMS)
        assert hub.states() == {"Pending": ITEMS}

        kills = 0
        drains = [hub.start("hub_drain", "--loop") for _ in range(2)]
        while kills < KILLS:
            before = hub.erp("/_stats")["accepted"]
            wait_until(lambda: hub.erp("/_stats")["accepted"] > before, seconds=60, what="a delivery")  # noqa: B023
            victim = random.choice(drains)  # noqa: S311
            victim.send_signal(signal.SIGKILL)
            victim.wait(timeout=10)
            drains.remove(victim)
            drains.append(hub.start("hub_drain", "--loop"))
            kills += 1
            if hub.erp("/_stats")["distinct_keys"] == ITEMS:
                break
        wait_until(lambda: hub.states() == {"Succeeded": ITEMS}, seconds=120, what="everything delivered")

        stats = hub.erp("/_stats")
        assert kills > 0
        assert stats["conflicting_keys"] == 0
        assert stats["by_entity"] == {"Payment": ITEMS}
        assert sorted(hub.erp("/_keys?entity=Payment")) == sorted(key for (key,) in hub.query(KEYS))
        assert [hub.stop_drain(drain) for drain in drains] == [0, 0]
