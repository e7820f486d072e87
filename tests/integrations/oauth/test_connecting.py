"""A client connects to a system, at a real authorization server."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db.models import TextField
from django.db.models.functions import Concat

from integrations import activation as activations
from integrations import agreements
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.models import (
    AuditEntry,
    AuthorizationRequest,
    ClientIntegration,
    Connection,
    Consent,
    OAuthApplication,
    OAuthToken,
)
from integrations.oauth import callback, connecting
from tests.cast import make_integration
from tests.oauth import CALLBACK, agree, connect, set_out

pytestmark = pytest.mark.broad


def come_back(told, now, *, user_id=None, session=""):
    return callback.complete(told, user_id=user_id, session=session, now=now)


def refusal_of(told, now, **who):
    """What the person hears; nothing may be connected then."""
    with pytest.raises(Refused) as refused:
        come_back(told, now, **who)
    assert not Consent.objects.exists()
    assert not ClientIntegration.objects.filter(enabled=True).exists()
    return refused.value.message


def test_a_person_agrees_and_the_integration_runs(unconnected, as_acme, server, now):
    address = set_out(unconnected, as_acme, now)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert (asked["client_id"], asked["scope"], asked["redirect_uri"]) == ("hub", "read write", CALLBACK)
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    come_back(agree(address), now)
    unconnected.refresh_from_db()
    token = OAuthToken.objects.get()
    assert unconnected.runnable
    assert unconnected.consent == token.consent
    assert (token.consent.state, token.consent.client, token.consent.granted_on) == (
        "Granted", unconnected.client, now,
    )  # fmt: skip
    assert token.access_token in server.access
    assert token.refresh_token in server.refresh
    assert token.scopes == "read write"
    assert token.expires_on == now + timedelta(hours=1)
    assert AuditEntry.objects.get(act="connect").client == unconnected.client
    stored = OAuthToken.objects.annotate(
        kept=Concat("access_token", "refresh_token", output_field=TextField())
    )
    text = stored.values_list("kept", flat=True).get()
    assert not any(token in text for token in (*server.access, *server.refresh))


def test_a_code_is_worth_nothing_without_its_verifier(unconnected, as_acme, now):
    told = agree(set_out(unconnected, as_acme, now))
    AuthorizationRequest.objects.update(verifier="x" * 96)
    assert "gives no token. invalid_grant" in refusal_of(told, now)


def test_an_answer_counts_once(unconnected, as_acme, server, now):
    told = agree(set_out(unconnected, as_acme, now))
    come_back(told, now)
    with pytest.raises(Refused, match="has come before"):
        come_back(told, now)
    assert server.asked == ["authorization_code"]


def test_an_answer_that_nobody_asked_for_is_refused(unconnected, as_acme, server, now):
    told = agree(set_out(unconnected, as_acme, now))
    for state in ("", "x", told["state"] + "x", told["state"][:-1], "\0", "ä" * 5000):
        assert refusal_of(told | {"state": state}, now) == "The hub has not asked for this."
    AuthorizationRequest.objects.all().delete()
    assert refusal_of(told, now) == "It took too long. Begin again."
    assert server.asked == []


def test_an_answer_comes_to_the_browser_that_asked(unconnected, as_staff, now):
    told = agree(set_out(unconnected, as_staff, now, session="s1"))
    mine = {"user_id": as_staff.user.pk, "session": "s1"}
    for wrong in ({"session": "s2"}, {"session": ""}, {"user_id": None}, {"user_id": 987}):
        assert "another browser" in refusal_of(told, now, **{**mine, **wrong})
    come_back(told, now, **mine)
    assert Consent.objects.get().granted_by == as_staff.user


def test_who_takes_too_long_or_says_no_begins_again(unconnected, as_acme, server, now):
    late = agree(set_out(unconnected, as_acme, now))
    assert "longer than 10 minutes" in refusal_of(late, now + connecting.LASTS + timedelta(seconds=1))
    server.denies = True
    denied = agree(set_out(unconnected, as_acme, now))
    assert refusal_of(denied, now) == "The consent was not given: No thanks"
    states = [agree(set_out(unconnected, as_acme, now))["state"] for _ in range(2)]
    told = {"state": states[0], "error": "server_error", "error_description": "Try\nlater"}
    assert refusal_of(told, now) == "The authorization server refuses: Try�later"
    assert "no code" in refusal_of({"state": states[1]}, now)
    server.denies, server.broken = False, 503
    broken = agree(set_out(unconnected, as_acme, now))
    assert "It answers 503" in refusal_of(broken, now)


def test_a_second_integration_shares_the_connection(unconnected, as_acme, server, payment, acme, now):
    connect(unconnected, as_acme, now)
    system = unconnected.integration.system
    other = make_integration(payment, now=now, name="More", system=system, consent_type_id="OAuth2")
    second = activations.activate_for(acme, other)
    with pytest.raises(Refused, match="needs the client's consent"):
        activations.enable(second, now=now, by=as_acme)
    activations.enable(second, now=now, by=as_acme, consent=True)
    assert second.consent == unconnected.consent
    assert server.asked == ["authorization_code"]


def test_enabling_alone_does_not_connect(unconnected, as_acme, now):
    with pytest.raises(Refused, match="needs a connection to ERP"):
        activations.enable(unconnected, now=now, by=as_acme, consent=True)


def test_another_client_s_connection_is_nobody_else_s(unconnected, as_acme, as_borealis, borealis, now):
    connect(unconnected, as_acme, now)
    theirs = activations.activate_for(borealis, unconnected.integration)
    with pytest.raises(Refused, match="needs a connection"):
        activations.enable(theirs, now=now, by=as_borealis, consent=True)
    with pytest.raises(NotAllowed):
        set_out(unconnected, as_borealis, now)


def test_withdrawing_gives_the_tokens_back(
    unconnected, as_acme, server, now, django_capture_on_commit_callbacks
):
    connect(unconnected, as_acme, now)
    with django_capture_on_commit_callbacks(execute=True):
        agreements.withdraw(unconnected.consent, now=now, by=as_acme)
    unconnected.refresh_from_db()
    assert not unconnected.runnable
    assert (server.access, server.refresh) == ({}, {})
    assert not OAuthToken.objects.exists()
    connect(unconnected, as_acme, now)
    assert list(Consent.objects.order_by("pk").values_list("state", flat=True)) == ["Revoked", "Granted"]


def test_a_connection_is_not_renewed_by_hand(unconnected, as_acme, now):
    connect(unconnected, as_acme, now)
    with pytest.raises(Conflict, match="connecting again"):
        agreements.renew(unconnected.consent, until=None, now=now, by=as_acme)
    with pytest.raises(Conflict, match="by connecting"):
        activations.sign_in_as(unconnected, username="u", secret="s", now=now, by=as_acme)


def test_no_secret_is_sent_to_an_address_without_tls(unconnected, as_acme, server, now, monkeypatch):
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT")
    with pytest.raises(Conflict, match="cannot be used: The URL must start with https://"):
        set_out(unconnected, as_acme, now)
    assert server.asked == []


class TestClientCredentials:
    @pytest.fixture(autouse=True)
    def _by_itself(self, application):
        OAuthApplication.objects.update(grant="client_credentials", authorization_url="")

    def test_the_hub_signs_in_by_itself(self, unconnected, as_acme, server, now):
        assert set_out(unconnected, as_acme, now) == ""
        unconnected.refresh_from_db()
        assert unconnected.runnable
        assert unconnected.consent.expires_on is None
        assert server.asked == ["client_credentials"]
        assert OAuthToken.objects.get().access_token in server.access

    def test_wrong_credentials_change_nothing(self, unconnected, as_acme, now):
        OAuthApplication.objects.update(app_id="stranger")
        with pytest.raises(Conflict, match="invalid_client"):
            set_out(unconnected, as_acme, now)
        assert not Consent.objects.exists()

    def test_a_client_s_own_credentials_go_first(self, unconnected, application, as_acme, acme, server, now):
        server.clients["acme"] = "own"
        Connection.objects.create(
            client=acme, system=application.system, name="Own", username="acme", secret="own"
        )
        set_out(unconnected, as_acme, now)
        assert OAuthToken.objects.get().is_own

    def test_the_hub_s_own_are_not_for_what_a_client_wrote(
        self, application, payment, acme, as_acme, server, now
    ):
        own = make_integration(payment, acme, now=now, system=application.system, consent_type_id="OAuth2")
        activation = activations.activate_for(acme, own)
        with pytest.raises(Refused, match="credentials of your own"):
            set_out(activation, as_acme, now)
        assert server.asked == []
