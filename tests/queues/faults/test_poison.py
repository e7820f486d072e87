import time

import pytest

from tests.hub import running_hub
from tests.queues.faults.seeding import plant

pytestmark = pytest.mark.kill

POISONED = """
from integrations.models import Action
from queues import handlers
from tests.queues.engine import Script
handlers.register("test.poison", Script())
Action.objects.update(handler="test.poison", configuration={})
"""


def test_an_item_that_kills_its_worker_is_dead_after_three_crashes_and_takes_nobody_with_it(tmp_path):
    with running_hub(tmp_path, HUB_LEASE_SECONDS="3") as hub:
        plant(hub, 50, more=POISONED)
        deaths = 0
        worker = hub.start("tests.queues.poisonous", module=True)
        end = time.monotonic() + 120
        while hub.states() != {"Succeeded": 49, "DeadLetter": 1}:
            assert time.monotonic() < end, hub.states()
            if worker.poll() is not None:
                deaths += 1
                worker = hub.start("tests.queues.poisonous", module=True)
            time.sleep(0.1)

        assert deaths == 3
        ((name, crashes, message),) = hub.query(
            "SELECT item_name, crashes, message FROM queue_integrationqueue WHERE state = 'DeadLetter'"
        )
        assert (name, crashes) == ("P-7", 3)
        assert "died 3 times" in message
        assert hub.query("SELECT DISTINCT number FROM queue_actionattempt") == [(1,)]
