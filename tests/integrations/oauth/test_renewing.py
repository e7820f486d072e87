"""Tokens are kept alive, once for all who need them; where that ends, somebody is told."""

import threading
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from integrationhub.wire.oauth import read_tokens
from integrations import activation as activations
from integrations import agreements
from integrations.encryption import WrongKeyError
from integrations.errors import Refused
from integrations.models import ClientIntegration, Consent, OAuthApplication, OAuthToken
from integrations.oauth import attention, bearing, claiming, refreshing, revoking
from tests.cast import make_integration
from tests.hub import wait_until
from tests.oauth import connect, make_application, set_out

pytestmark = pytest.mark.broad


@pytest.fixture
def connected(unconnected, as_acme, now):
    connect(unconnected, as_acme, now)
    return unconnected


@pytest.fixture
def told(monkeypatch):
    heard = []
    monkeypatch.setattr(attention, "listeners", [lambda subject, text: heard.append((subject, text))])
    return heard


def kept():
    return OAuthToken.objects.select_related("consent", "application__system").get()


def test_a_token_is_used_while_it_is_good_and_then_renewed(connected, server, now):
    first = bearing.bearer_for(connected, now=now)
    assert bearing.bearer_for(connected, now=now + timedelta(minutes=59)) == first
    later = now + timedelta(hours=2)
    before = kept().refresh_token
    second = bearing.bearer_for(connected, now=later)
    assert (second.number, second.text == first.text) == (first.number + 1, False)
    assert second.text in server.access
    assert kept().refresh_token != before
    assert kept().expires_on == later + timedelta(hours=1)
    assert server.asked == ["authorization_code", "refresh_token"]
    assert "text" not in repr(second)


def test_the_tick_renews_ahead_of_time(connected, server, now):
    assert refreshing.renew_due(now + timedelta(minutes=54)) == 0
    assert refreshing.renew_due(now + timedelta(minutes=56)) == 1
    assert refreshing.renew_due(now + timedelta(minutes=56)) == 0
    assert server.asked == ["authorization_code", "refresh_token"]


def test_a_short_life_is_renewed_at_its_half(connected, server, now):
    server.lifetime = 60
    later = now + timedelta(hours=1)
    refreshing.renew_due(later)
    assert kept().refresh_on == later + timedelta(seconds=30)


def test_who_comes_second_waits_for_the_first(connected, server, now, monkeypatch):
    later = now + timedelta(hours=2)
    claimed = claiming.claim(kept().pk, later)

    def meanwhile(seconds):
        refreshing.conclude(claimed, refreshing.outbound.exchange(refreshing.request_for(claimed)), later)

    monkeypatch.setattr(refreshing.time, "sleep", meanwhile)
    assert bearing.bearer_for(connected, now=later).number == 2
    assert server.asked == ["authorization_code", "refresh_token"]


def test_a_claim_that_was_overtaken_writes_nothing(connected, server, now):
    later = now + timedelta(hours=2)
    slow = claiming.claim(kept().pk, later)
    answer = refreshing.outbound.exchange(refreshing.request_for(slow))
    after = later + claiming.LEASE
    OAuthToken.objects.update(lease_until=after + claiming.LEASE)
    before = kept().access_token
    refreshing.conclude(slow, answer, after)
    assert kept().access_token == before


@pytest.mark.parametrize("is_given_back_already", [True, False])
def test_what_a_withdrawal_overtook_is_given_back_too(
    connected, as_acme, server, now, django_capture_on_commit_callbacks, is_given_back_already
):
    claimed = claiming.claim(kept().pk, now)
    answer = refreshing.outbound.exchange(refreshing.request_for(claimed))
    with django_capture_on_commit_callbacks(execute=is_given_back_already):
        agreements.withdraw(connected.consent, now=now, by=as_acme)
    assert OAuthToken.objects.exists() is not is_given_back_already
    renewed = read_tokens(answer, now)
    assert (renewed.access in server.access, renewed.refresh in server.refresh) == (True, True)
    with django_capture_on_commit_callbacks(execute=True):
        refreshing.conclude(claimed, answer, now)
    assert (renewed.access in server.access, renewed.refresh in server.refresh) == (False, False)
    assert not OAuthToken.objects.exists()


def test_a_token_whose_consent_is_withdrawn_meanwhile_is_neither_renewed_nor_used(
    connected, as_acme, server, now
):
    later, stale = now + timedelta(hours=2), kept()
    bearer = bearing.bearer_for(connected, now=now)
    agreements.withdraw(connected.consent, now=now, by=as_acme)
    with pytest.raises(Refused, match="withdrawn its consent"):
        refreshing.renew(stale, now=later)
    OAuthToken.objects.all().delete()
    with pytest.raises(Refused, match="withdrawn its consent"):
        refreshing.renew(stale, now=later)
    assert bearing.doubt(bearer, now=later)
    assert server.asked == ["authorization_code"]


def test_what_fails_for_now_is_tried_later_and_less_and_less_often(connected, server, now):
    later, server.broken = now + timedelta(hours=2), 503
    pauses = []
    for _ in range(9):
        assert refreshing.renew_due(later) == 0
        pauses.append((kept().refresh_on - later).total_seconds())
        with pytest.raises(Refused, match="It answers 503"):
            bearing.bearer_for(connected, now=later)
        later = kept().refresh_on
    assert pauses == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]
    assert len(server.asked) == 10  # nobody asks in between
    assert kept().consent.state == Consent.State.GRANTED
    server.broken = None
    assert refreshing.renew_due(later) == 1
    assert (kept().failures, kept().last_error) == (0, "")


def test_a_hub_that_is_turned_away_asks_seldom(connected, server, now):
    server.clients["hub"] = "another secret"
    refreshing.renew_due(now + timedelta(hours=2))
    assert kept().refresh_on == now + timedelta(hours=2, minutes=30)
    assert "invalid_client" in kept().last_error
    assert kept().consent.state == Consent.State.GRANTED


def test_a_grant_that_was_ended_needs_attention_until_somebody_connects_again(
    connected, as_acme, server, now, told, django_capture_on_commit_callbacks
):
    server.end_grants()
    later = now + timedelta(hours=2)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Refused, match="invalid_grant"):
        bearing.bearer_for(connected, now=later)
    connected.refresh_from_db()
    assert (connected.runnable, connected.enabled) == (False, True)
    assert connected.problem.startswith(
        "Attention needed: connect to ERP again. The authorization server says"
    )
    assert connected.consent.state == Consent.State.ATTENTION
    assert [subject for subject, _ in told] == ["Acme has to connect to ERP again"]
    with pytest.raises(Refused, match="The authorization server says"):
        bearing.bearer_for(connected, now=later)
    assert refreshing.renew_due(later) == 0
    consent, times_on = connected.consent, connected.activation_no
    connect(connected, as_acme, later)
    assert (connected.runnable, connected.problem, connected.consent) == (True, "", consent)
    assert connected.activation_no == times_on  # its watermark goes on
    assert bearing.bearer_for(connected, now=later).text in server.access


def test_an_old_grant_s_end_says_nothing_of_a_new_one(connected, as_acme, server, now):
    later = now + timedelta(hours=2)
    old = claiming.claim(kept().pk, later)
    server.end_grants()
    answer = refreshing.outbound.exchange(refreshing.request_for(old))
    connect(connected, as_acme, later)
    with pytest.raises(Refused, match="invalid_grant"):
        refreshing.conclude(old, answer, later)
    assert kept().consent.state == Consent.State.GRANTED
    assert kept().last_error == ""


def test_a_grant_says_when_it_ends(connected, as_acme, server, now):
    assert connected.consent.expires_on is None
    server.more = {"refresh_token_expires_in": 90 * 86400}
    refreshing.renew_due(now + timedelta(hours=1))
    connected.consent.refresh_from_db()
    assert connected.consent.expires_on == now + timedelta(days=90, hours=1)
    server.more = {"refresh_token": "", "scope": ""}
    refreshing.renew_due(now + timedelta(hours=2))
    connected.consent.refresh_from_db()
    assert connected.consent.expires_on == now + timedelta(days=90, hours=1)
    assert (kept().number, kept().scopes) == (3, "read write")
    assert kept().refresh_token != ""
    assert kept().refresh_on == now + timedelta(hours=2, minutes=55)


def test_a_token_that_was_turned_away_is_renewed_once(connected, server, now):
    first = bearing.bearer_for(connected, now=now)
    version = ClientIntegration.objects.get().row_version
    assert not bearing.doubt(first, now=now + timedelta(seconds=30))  # another would be turned away, too
    later = now + timedelta(minutes=5)
    assert bearing.doubt(first, now=later)
    assert bearing.doubt(first, now=later)
    assert ClientIntegration.objects.get().row_version == version + 1
    second = bearing.bearer_for(connected, now=later)
    assert second.number == 2
    assert bearing.doubt(first, now=later)  # somebody has fetched another one
    assert not bearing.doubt(second, now=later)
    assert server.asked == ["authorization_code", "refresh_token"]


def test_without_a_refresh_token_the_connection_ends(connected, now):
    OAuthToken.objects.update(refresh_token="", refresh_on=None)
    bearer = bearing.bearer_for(connected, now=now)
    assert bearing.doubt(bearer, now=now + timedelta(minutes=5))
    assert Consent.objects.get().state == Consent.State.ATTENTION


def test_the_hub_s_own_sign_in_is_simply_repeated(unconnected, as_acme, server, now):
    OAuthApplication.objects.update(grant="client_credentials")
    set_out(unconnected, as_acme, now)
    unconnected.refresh_from_db()
    assert bearing.bearer_for(unconnected, now=now + timedelta(hours=2)).number == 2
    assert server.asked == ["client_credentials"] * 2


def test_a_secret_that_no_key_opens_stops_its_own_only(connected, settings, now):
    settings.HUB_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(WrongKeyError):
        bearing.bearer_for(connected, now=now)
    assert refreshing.renew_due(now + timedelta(hours=2)) == 0


def test_giving_back_is_tried_again_and_given_up_in_the_end(connected, server, now):
    Consent.objects.update(state=Consent.State.REVOKED)
    OAuthApplication.objects.update(revocation_url="http://127.0.0.1:9/")
    revoking.let_go(connected.consent, now=now)
    moment = now
    for _ in range(revoking.MOST_FAILURES - 1):
        assert revoking.give_back_due(moment) == 0
        moment = kept().refresh_on
    revoking.give_back_due(moment)
    assert not OAuthToken.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_renew_one_token_once(server, payment, acme, as_acme, now):
    system = make_application(server).system
    integration = make_integration(payment, now=now, system=system, consent_type_id="OAuth2")
    row = activations.activate_for(acme, integration)
    connect(row, as_acme, now)
    server.gate = threading.Event()
    found = []

    def need():
        found.append(bearing.bearer_for(row, now=now + timedelta(hours=2)))
        connection.close()

    threads = [threading.Thread(target=need) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(server.asked) == 2, seconds=10, what="The request for a new token")
    server.gate.set()
    for thread in threads:
        thread.join()
    assert [each.number for each in found] == [2, 2, 2]
    assert server.asked == ["authorization_code", "refresh_token"]
