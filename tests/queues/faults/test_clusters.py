"""Several hubs at once on one database: each slot is fired once, and each item executed once."""

import shutil
from pathlib import Path

import pytest

from tests.hub import Hub, running_hub, wait_until
from tests.queues.faults.processes import Tree
from tests.queues.faults.seeding import plant

pytestmark = pytest.mark.kill

HUBS = 3
ITEMS = 3000
CLIENTS = 10

MORE_CLIENTS = f"""
from django.utils import timezone
from integrations.models import Client
from tests.cast import make_activation, store_payments
now = timezone.now()
integration = activation.integration
integration.schedule.cron = "* * * * *"
integration.schedule.save()
for number in range({CLIENTS} - 1):
    client = Client.objects.create(code=f"client-{{number}}", name=f"Client {{number}}")
    store_payments(client, integration.entity, 50, now=now)
    make_activation(client, integration, now=now)
"""
ALL_ITEMS = ITEMS + (CLIENTS - 1) * 50


def test_several_hubs_on_one_database_share_the_work_and_do_none_of_it_twice(tmp_path):
    first = tmp_path / "first"
    first.mkdir()
    with running_hub(first) as hub:
        hub.start_erp("--calm")
        plant(hub, ITEMS, more=MORE_CLIENTS, queued=False)
        others = [join(hub, tmp_path / f"other-{number}") for number in range(HUBS - 1)]
        try:
            supervisors = [each.start("hub_run") for each in (hub, *others)]
            wait_until(
                lambda: hub.states() == {"Succeeded": ALL_ITEMS}, seconds=180, what="everything delivered"
            )
            wait_until(lambda: count_slots(hub) >= 3 * CLIENTS, seconds=240, what="three minutes' slots")
            assert all(len(Tree(supervisor.pid).find("sentinel")) == 1 for supervisor in supervisors)
            for supervisor in supervisors:
                supervisor.terminate()
            assert [supervisor.wait(timeout=60) for supervisor in supervisors] == [0] * HUBS
        finally:
            for each in others:
                each.stop()

        stats = hub.erp("/_stats")
        assert (stats["calls"], stats["distinct_keys"]) == (ALL_ITEMS, ALL_ITEMS)
        assert hub.query("SELECT count(*) FROM django_q_schedule") == [(1,)]
        assert doubled_runs(hub) == []
        ((attempts,),) = hub.query("SELECT count(*) FROM queue_actionattempt")
        assert attempts == ALL_ITEMS


def join(hub: Hub, directory: Path) -> Hub:
    """Another hub with the keys and the database of this one: another machine."""
    directory.mkdir()
    shutil.copy(hub.directory / "keys.json", directory)
    other = Hub(directory, hub.environment["DATABASE_URL"])
    other.environment["ERP_PORT"] = str(hub.erp_port)
    return other


def count_slots(hub: Hub) -> int:
    ((count,),) = hub.query("SELECT count(*) FROM integrations_integrationrun")
    return int(count)


def doubled_runs(hub: Hub) -> list[tuple[object, ...]]:
    """The minutes in which one ClientIntegration ran more than once."""
    minute = "strftime('%Y-%m-%d %H:%M', slot)" if hub.is_embedded else "date_trunc('minute', slot)"
    return hub.query(
        f"SELECT client_integration_id, {minute} AS minute, count(*) FROM integrations_integrationrun"  # noqa: S608
        f" GROUP BY client_integration_id, {minute} HAVING count(*) > 1"
    )
