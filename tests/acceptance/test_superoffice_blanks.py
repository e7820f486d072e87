"""ForceResyncNoBlankValues: what is blank on one side overwrites nothing on the other."""

import pytest

from integrations.models import Connection, Record
from queues.models import IntegrationQueue
from queues.outcomes import Retry
from queues.states import State
from tests.acceptance.superoffice import call
from tests.api import acme_api
from tests.cast import store_payments
from tests.queues.engine import activation, export, item, run_drain, run_tick, script, time
from tests.queues.inbound.conftest import feed, make_pull
from tests.queues.inbound.feed import payment as remote_payment

__all__ = ["acme_api", "activation", "export", "feed", "make_pull", "script", "time"]


@pytest.fixture
def execute(time):
    """Works off what is due, also by the clock on the wall, which dates what is asked for over HTTP."""

    def execute():
        time.pass_(days=365)
        run_drain()

    return execute


@pytest.fixture
def told(script):
    """Per execution, the item's name and whether blank values are sent."""
    heard = []
    script.side_effect = lambda work: heard.append((work.row.item_name, work.with_blanks))
    return heard


@pytest.fixture
def delivered(activation, payment, acme, time, told):
    """Two payments that were delivered, and a connection to where they went."""
    store_payments(acme, payment, 2, now=time.now)
    run_tick(time)
    run_drain()
    told.clear()
    return Connection.objects.create(client=acme, system=activation.integration.system, name="Main")


@pytest.fixture
def resync(acme_api, delivered):
    """Asks for the item of that name; answers with how many are synchronised again."""

    def resync(name, operation="ForceResyncNoBlankValues"):
        row = Record.objects.get(item_name=name)
        keys = {"internalKeyIds": [row.pk], "externalKeys": [row.item_id]}
        answer = call(acme_api, operation, {"erpConnectionId": delivered.pk, **keys}).json()
        return int(answer["TechExplanation"].rstrip(".").rpartition(" ")[2])

    return resync


@pytest.mark.parametrize("operation", ["ForceResyncNoBlankValues", "ForceResyncExternalNoBlankValues"])
def test_blanks_are_left_out_of_this_delivery_and_its_retries_alone(resync, execute, script, told, operation):
    assert resync("P-2", operation) == 1
    script.answers["P-2"] = [Retry("later")]
    execute()
    execute()
    assert told == [("P-2", False)] * 2
    assert len(set(script.keys[-2:])) == 1, "one delivery, one key"
    assert resync("P-2", operation.replace("NoBlankValues", "")) == 1
    execute()
    assert told[2:] == [("P-2", True)]


def test_what_waits_already_is_sent_as_the_last_one_asked(resync, execute, told):
    resync("P-1", "ForceResync")
    cycle = item("P-1").cycle
    assert resync("P-1") == 1
    assert resync("P-1") == 0, "that is what it waits for"
    assert item("P-1").cycle == cycle + 1
    resync("P-2")
    assert resync("P-2", "ForceResync") == 1
    assert resync("P-2", "ForceResync") == 0
    execute()
    assert sorted(told) == [("P-1", False), ("P-2", True)]


def test_a_delivery_that_failed_is_sent_without_blanks_under_a_new_key(resync, execute, script, told):
    resync("P-1", "ForceResync")
    script.answers["P-1"] = [Retry("later")]
    execute()
    assert item("P-1").state == State.RETRYING
    assert resync("P-1") == 1
    execute()
    assert told == [("P-1", True), ("P-1", False)]
    assert script.keys[-1] != script.keys[-2]


def test_what_is_under_way_is_left_alone(resync):
    IntegrationQueue.objects.filter(item_name="P-1").update(state=State.PROCESSING)
    assert resync("P-1") == 0
    assert item("P-1").blankless_cycle is None


def test_what_comes_in_blank_is_what_is_held(feed, make_pull, execute, time, acme, acme_api):
    pull = make_pull()
    run_tick(time)
    run_drain()
    feed.payments = [remote_payment(1, amount=None, changed="2026-03-01T09:00:00Z")]
    run_tick(time, hours=1)
    IntegrationQueue.objects.filter(item_name="P-1").update(state=State.DEAD_LETTER, due_at=None, message="x")
    connection = Connection.objects.create(
        client=acme, system=pull.integration.system, name="Main", secret="s"
    )
    keys = {"erpConnectionId": connection.pk, "externalKeys": [item("P-1").item_id]}
    assert call(acme_api, "ForceResyncExternalNoBlankValues", keys).json()["IsOk"]
    execute()
    held = Record.objects.get(item_name="P-1")
    assert (held.data["Amount"], held.data["UpdatedOn"][:19]) == ("10.5", "2026-03-01T09:00:00")
    assert call(acme_api, "ForceResyncExternal", keys).json()["IsOk"]
    execute()
    held.refresh_from_db()
    assert held.data["Amount"] is None
