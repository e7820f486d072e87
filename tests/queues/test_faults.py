"""Faults, with real processes: a poisonous item, a frozen worker, a stop in the middle of work."""

import signal
import time

import pytest

from tests.hub import running_hub, wait_until

pytestmark = pytest.mark.kill

SEED = """
from queues.clock import database_now
from queues.ticking import tick
from tests.queues.engine import make_exported_payments
activation = make_exported_payments(count={count}, base_url="http://127.0.0.1:{port}", path="{path}")
{more}
tick(database_now())
answer = activation.pk
"""
STATES = """
from collections import Counter
from queues.models import IntegrationQueue
answer = Counter(IntegrationQueue.objects.values_list("state", flat=True))
"""

VERSIONS = """
from queues.models import IntegrationQueue
answer = list(IntegrationQueue.objects.values_list("pk", "row_version").order_by("pk"))
"""
CHARGED = """
from queues.models import IntegrationQueue
answer = IntegrationQueue.objects.exclude(attempt=0).count()
"""


def seed(hub, count, *, path="/entities/Payment", more=""):
    hub.ask(SEED.format(count=count, port=hub.erp_port, path=path, more=more))


def accepted(hub):
    return hub.erp("/_stats")["accepted"]


def test_an_item_that_kills_its_worker_is_dead_after_three_crashes_and_takes_nobody_with_it(tmp_path):
    with running_hub(
        tmp_path, HUB_LEASE_SECONDS="3", DJANGO_SETTINGS_MODULE="integrationhub.settings"
    ) as hub:
        registered = "from queues import handlers; from tests.queues.engine import Script; "
        registered += "handlers.register('test.poison', Script())\n"
        more = registered + (
            "from integrations.models import Action\n"
            "Action.objects.update(handler='test.poison', configuration={})"
        )
        seed(hub, 50, more=more)
        deaths = 0
        worker = hub.start("tests.queues.poisonous", module=True)
        end = time.monotonic() + 120
        while hub.ask(STATES) != {"Succeeded": 49, "DeadLetter": 1}:
            assert time.monotonic() < end
            if worker.poll() is not None:
                deaths += 1
                worker = hub.start("tests.queues.poisonous", module=True)
        assert deaths == 3
        dead, attempts = hub.ask(
            "from queues.models import *\n"
            "dead = IntegrationQueue.objects.get(state='DeadLetter')\n"
            "answer = [[dead.item_name, dead.crashes, dead.message],"
            " sorted(set(ActionAttempt.objects.values_list('number', flat=True)))]"
        )
        assert dead[:2] == ["P-7", 3]
        assert "died 3 times" in dead[2]
        assert attempts == [1]


def test_a_worker_frozen_beyond_its_lease_changes_nothing_when_it_wakes(tmp_path):
    with running_hub(tmp_path, HUB_LEASE_SECONDS="3") as hub:
        hub.start_erp("--calm")
        seed(hub, 1500)
        frozen = hub.start("hub_drain", "--loop")
        wait_until(lambda: accepted(hub) > 50, seconds=60, what="A delivery")
        frozen.send_signal(signal.SIGSTOP)
        hub.start("hub_drain", "--loop")
        wait_until(lambda: hub.ask(STATES) == {"Succeeded": 1500}, seconds=120, what="Everything delivered")
        before = hub.ask(VERSIONS)
        frozen.send_signal(signal.SIGCONT)
        frozen.send_signal(signal.SIGTERM)
        assert frozen.wait(timeout=30) == 0
        after = hub.ask(VERSIONS)
        assert after == before
        stats = hub.erp("/_stats")
        assert (stats["conflicting_keys"], stats["by_entity"]) == (0, {"Payment": 1500})


def test_a_drain_that_is_told_to_stop_leaves_nothing_behind(tmp_path):
    with running_hub(tmp_path) as hub:
        hub.start_erp("--calm")
        seed(hub, 3000)
        worker = hub.start("hub_drain", "--loop")
        wait_until(lambda: accepted(hub) > 50, seconds=60, what="A delivery")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
        states = hub.ask(STATES)
        assert set(states) == {"Pending", "Succeeded"}
        assert states["Succeeded"] == hub.erp("/_stats")["distinct_keys"]
        assert hub.ask(CHARGED) == 0
