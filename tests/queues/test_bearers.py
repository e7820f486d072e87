"""Items that are sent, and pages that are pulled, with the tokens of a client's connection."""

from datetime import timedelta

import pytest

from integrations.models import ClientIntegration, Direction, OAuthToken, System
from queues import clock
from queues.models import ActionAttempt, Breaker, IntegrationQueue
from queues.states import State
from tests.cast import make_action, make_activation, make_integration, store_payments
from tests.oauth import (
    _no_call_waits_inside_a_transaction,
    application,
    connect,
    consented,
    server,
    unconnected,
)
from tests.queues.engine import run_drain, run_hourly, run_tick
from tests.queues.inbound.conftest import CONFIGURATION
from tests.queues.inbound.feed import Told, serving

__all__ = ["_no_call_waits_inside_a_transaction", "application", "consented", "server", "unconnected"]

pytestmark = pytest.mark.broad


@pytest.fixture
def connected(time, unconnected, as_acme, payment, acme):
    connect(unconnected, as_acme, time.now)
    store_payments(acme, payment, 2, now=time.now)
    return unconnected


def states():
    return list(IntegrationQueue.objects.order_by("pk").values_list("state", "attempt"))


def test_items_carry_the_token(connected, server, time):
    run_tick(time)
    assert run_drain() == 2
    assert {token for token, _ in server.delivered} == {OAuthToken.objects.get().access_token}
    assert states() == [(State.SUCCEEDED, 0)] * 2


def test_a_token_that_has_expired_is_renewed_before_anything_is_sent(connected, server, time):
    run_hourly(time)
    assert run_drain() == 2
    assert server.asked == ["authorization_code", "refresh_token"]
    assert states() == [(State.SUCCEEDED, 0)] * 2


def test_a_token_that_is_turned_away_costs_no_attempt(connected, server, time):
    server.access.clear()
    run_tick(time, minutes=5)
    run_drain()
    assert states() == [(State.PENDING, 0)] * 2
    assert set(ActionAttempt.objects.values_list("outcome", "status")) == {("Snoozed", 401)}
    time.pass_(seconds=2)
    assert run_drain() == 2
    assert states() == [(State.SUCCEEDED, 0)] * 2
    assert server.asked == ["authorization_code", "refresh_token"]


def test_a_fresh_token_that_is_turned_away_is_a_failed_attempt(connected, server, time):
    server.access.clear()
    run_tick(time)
    run_drain()
    assert {state for state, _ in states()} == {State.RETRYING}
    assert Breaker.objects.get().reason.startswith("401: ")
    assert server.asked == ["authorization_code"]


def test_connecting_again_tries_what_rests(
    connected, as_acme, server, time, django_capture_on_commit_callbacks
):
    system = connected.integration.system
    late = clock.database_now() + timedelta(minutes=9)
    Breaker.objects.create(client=connected.client, system=system, failures=9, openings=9, open_until=late)
    with django_capture_on_commit_callbacks(execute=True):
        connect(connected, as_acme, time.now)
    assert Breaker.objects.get().open_until < late


def test_items_wait_while_the_connection_needs_attention_and_flow_again(connected, as_acme, server, time):
    server.end_grants()
    run_hourly(time)
    run_drain()
    assert server.delivered == []
    row = ClientIntegration.objects.get()
    assert (row.runnable, row.problem[:17]) == (False, "Attention needed:")
    assert set(IntegrationQueue.objects.values_list("due_at", flat=True)) <= {None}
    connect(row, as_acme, time.now)
    run_tick(time)
    assert run_drain() == 2
    assert states() == [(State.SUCCEEDED, 0)] * 2


def test_an_authorization_server_that_is_away_puts_items_off(connected, server, time):
    run_tick(time)
    server.broken = 503
    time.pass_(hours=2)
    run_drain()
    row = ClientIntegration.objects.get()
    assert (row.runnable, row.problem) == (True, "The token for ERP was not renewed. It answers 503.")
    assert {state for state, _ in states()} == {State.PENDING}
    server.broken = None
    run_tick(time, seconds=61)
    assert run_drain() == 2


def test_a_definition_that_lost_its_connection_says_so(connected, server, time):
    OAuthToken.objects.all().delete()
    run_tick(time)
    run_drain()
    assert ClientIntegration.objects.get().problem == "The client is not connected to ERP."


def test_a_page_is_asked_for_again_with_another_token(server, application, payment, acme, as_acme, time):
    with serving() as feed:
        System.objects.update(base_url=feed.url)
        row = make_activation(acme, _pull_from(System.objects.get(), payment, time.now), now=time.now)
        connect(row, as_acme, time.now)
        feed.instead = [None, Told({}, 401)]
        report = run_tick(time, minutes=10)
    presented = [asked.headers["authorization"] for asked in feed.asked]
    assert (report.problems, report.queued) == (0, 5)
    assert len(set(presented[:2])) == 1
    assert set(presented[2:]) == {f"Bearer {OAuthToken.objects.get().access_token}"}
    assert presented[2] != presented[1]
    assert server.asked == ["authorization_code", "refresh_token"]


def _pull_from(system, payment, now):
    return make_integration(
        payment,
        now=now,
        direction_id=Direction.Id.INBOUND,
        system=system,
        action=make_action(name="Pull", handler="http.pull", configuration=CONFIGURATION),
        consent_type_id="OAuth2",
    )
