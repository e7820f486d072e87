"""Systems that are signed in to by OAuth 2.0, and people who agree at their authorization server."""

import http.client
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection

from integrationhub.wire.transport import permission
from integrations import activation as activations
from integrations.models import ClientIntegration, Integration, OAuthApplication, System
from integrations.oauth import callback, connecting
from integrations.principals import Principal
from tests.cast import make_integration, make_system
from tests.oauth_server import AuthorizationServer, serving

CALLBACK = "https://hub.example.com/oauth/callback"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[AuthorizationServer]:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    settings.HUB_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with serving() as running:
        yield running


@pytest.fixture
def _no_call_waits_inside_a_transaction(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    around_the_test = list(connection.savepoint_ids)

    def check() -> None:
        assert connection.savepoint_ids == around_the_test

    monkeypatch.setattr(permission, "before_dial", check)


def make_application(server: AuthorizationServer, **fields: Any) -> OAuthApplication:
    """That of the hub's ERP, which is the server's own API."""
    system = make_system(base_url=server.url("/api"), authentication=System.Authentication.OAUTH2)
    return OAuthApplication.objects.create(
        **{
            "system": system,
            "authorization_url": server.url("/authorize"),
            "token_url": server.url("/token"),
            "revocation_url": server.url("/revoke"),
            "app_id": "hub",
            "secret": "hush:hush",
            "scopes": "read write",
            **fields,
        }
    )


@pytest.fixture
def application(_no_call_waits_inside_a_transaction: None, server: AuthorizationServer) -> OAuthApplication:
    return make_application(server)


@pytest.fixture
def consented(application: OAuthApplication, payment: Any, now: datetime) -> Integration:
    """A managed export to it."""
    return make_integration(
        payment, now=now, system=application.system, consent_type_id="OAuth2", backoff=[0.0]
    )


@pytest.fixture
def unconnected(consented: Integration, acme: Any) -> ClientIntegration:
    """Acme's use of the export, not switched on."""
    return activations.activate_for(acme, consented)


def agree(address: str) -> dict[str, str]:
    """Goes where the hub sends a person; the query with which the server sends them back."""
    parts = urlsplit(address)
    browser = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    browser.request("GET", f"{parts.path}?{parts.query}")
    answer = browser.getresponse()
    back = answer.headers["Location"]
    browser.close()
    assert answer.status == 302
    assert back.startswith(CALLBACK) or "/oauth/callback?" in back
    return dict(parse_qsl(urlsplit(back).query))


def set_out(activation: ClientIntegration, by: Principal, now: datetime, session: str = "") -> str:
    """The address that a person is sent to."""
    return connecting.connect(activation, redirect_uri=CALLBACK, session=session, by=by, now=now).address


Connect = Callable[..., None]


def connect(activation: ClientIntegration, by: Principal, now: datetime) -> None:
    """All of it, as it is meant to go."""
    callback.complete(agree(set_out(activation, by, now)), user_id=None, session="", now=now)
    activation.refresh_from_db()
