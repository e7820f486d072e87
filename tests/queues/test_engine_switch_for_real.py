"""The engine is stopped, started and slowed down over HTTP while a real cluster works off items."""

import time
from collections.abc import Iterator

import pytest

from tests.acceptance.callers import Caller, caller_of
from tests.acceptance.superoffice import ROOT
from tests.hub import Hub, running_hub, wait_until
from tests.queues.faults.seeding import plant
from tests.queues.faults.watching import readiness

pytestmark = pytest.mark.kill

ITEMS = 40
# A drain looks up the hub's stop once a second; what it holds by then goes out.
SETTLING = 5
BOREALIS = """
from django.utils import timezone
from integrations.models import Client
from tests.cast import make_activation, store_payments
integration = activation.integration
integration.schedule.cron = "* * * * *"
integration.schedule.save()
client = Client.objects.create(code="borealis", name="Borealis")
make_activation(client, integration, now=timezone.now())
"""
STORE = """
from django.utils import timezone
from integrations import records
from integrations.models import Client, Entity
from tests.cast import payment_row
now = timezone.now()
rows = [payment_row(number, updated_on=now) for number in range({first}, {first} + {count})]
for code in {clients}:
    client = Client.objects.get(code=code)
    records.store(client, Entity.objects.get(), rows, now=now)
answer = None
"""
STATES = """
SELECT q.state, count(*) FROM queue_integrationqueue q JOIN integrations_client c ON c.id = q.client_id
WHERE c.code = '{client}' GROUP BY q.state
"""
RUNS = """
SELECT count(*) FROM integrations_integrationrun r JOIN integrations_client c ON c.id = r.client_id
WHERE c.code = '{client}'
"""


class Site:
    """A hub at work for Acme and Borealis, and those who call it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.stored = ITEMS
        self.acme, self.borealis, self.staff = (caller_of(hub, each) for each in ("acme", "borealis", None))

    def run(self) -> None:
        self.supervisor = self.hub.start("hub_run")
        wait_until(lambda: readiness(self.hub)[0] == 200, seconds=90, what="a ready hub")

    def restart(self) -> None:
        self.supervisor.terminate()
        assert self.supervisor.wait(timeout=60) == 0
        self.run()

    def store(self, *clients: str) -> None:
        self.hub.ask(STORE.format(first=self.stored + 1, count=ITEMS, clients=clients))
        self.stored += ITEMS

    def delivered(self, client: str) -> int:
        return int(dict(self.hub.query(STATES.format(client=client))).get("Succeeded", 0))

    def runs(self, client: str) -> int:
        ((count,),) = self.hub.query(RUNS.format(client=client))
        return int(count)

    def wait_for(self, client: str, count: int) -> None:
        wait_until(
            lambda: self.delivered(client) == count, seconds=150, what=f"{count} deliveries of {client}'s"
        )

    def wait_for_runs(self, client: str, more: int) -> None:
        """So many ticks have passed for the client."""
        before = self.runs(client)
        wait_until(
            lambda: self.runs(client) >= before + more, seconds=240, what=f"{more} more runs of {client}'s"
        )


def ask(caller: Caller, operation: str, **arguments: object) -> dict[str, object]:
    status, answer = caller.post(f"{ROOT}/{operation}", arguments)
    assert status in (200, 204), answer
    return answer or {}


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    with running_hub(tmp_path) as hub:
        hub.start_erp("--calm")
        plant(hub, ITEMS, more=BOREALIS, queued=False)
        yield Site(hub)


def test_a_client_s_stop_force_and_interval_are_its_own_and_staff_s_stop_is_everybody_s(site):
    site.run()
    site.wait_for("acme", ITEMS)

    # Acme stops itself: Borealis' runs and deliveries go on, Acme's do not.
    assert ask(site.acme, "ChangeEngineStatus", run=False)["IsRunning"] is False
    assert ask(site.borealis, "GetEngineStatus")["IsRunning"] is True
    site.store("acme", "borealis")
    runs = site.runs("acme")
    site.wait_for("borealis", ITEMS)
    site.wait_for_runs("borealis", 1)
    assert (site.delivered("acme"), site.runs("acme")) == (ITEMS, runs)

    # By force once: what there is goes out, the stop stays.
    assert ask(site.acme, "SyncAll")["ErrorCode"] == "EngineStopped"
    assert ask(site.acme, "ForceSyncAll")["IsOk"] is True
    site.wait_for("acme", 2 * ITEMS)
    assert ask(site.acme, "GetEngineStatus")["IsRunning"] is False

    # Started again, but once a day only: Borealis still runs every minute.
    ask(site.acme, "ChangeEngineInterval", interval="24:00:00")
    assert ask(site.acme, "ChangeEngineStatus", run=True)["IsRunning"] is True
    runs = site.runs("acme")
    site.wait_for_runs("borealis", 2)
    assert site.runs("acme") <= runs + 1, "the first one after the change, if it was due"
    assert ask(site.borealis, "GetEngineStatus")["Interval"] == "00:01:00"

    # Staff stop the hub: nothing goes out any more, not even by force or after a restart.
    assert ask(site.staff, "ChangeEngineStatus", Run=False)["IsRunning"] is False
    assert ask(site.borealis, "GetEngineStatus")["IsRunning"] is False
    time.sleep(SETTLING)
    before = [(site.delivered(client), site.runs(client)) for client in ("acme", "borealis")]
    site.store("acme", "borealis")
    assert ask(site.acme, "ForceSyncAll")["ErrorCode"] == "EngineStopped"
    site.restart()
    time.sleep(65)  # a tick, at least
    assert [(site.delivered(client), site.runs(client)) for client in ("acme", "borealis")] == before
    assert ask(site.acme, "ChangeEngineStatus", run=True)["IsRunning"] is False, "a client starts only itself"

    # Started again: both get theirs.
    assert ask(site.staff, "ChangeEngineStatus", Run=True)["IsRunning"] is True
    assert ask(site.acme, "SyncAll")["IsOk"] is True, "what is asked for does not wait for the interval"
    site.wait_for("acme", 3 * ITEMS)
    site.wait_for("borealis", 2 * ITEMS)
    stats = site.hub.erp("/_stats")
    assert (stats["distinct_keys"], stats["conflicting_keys"]) == (5 * ITEMS, 0)
