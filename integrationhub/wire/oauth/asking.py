"""Requests to an authorization server."""

import base64
from typing import Any
from urllib.parse import quote_plus, urlencode

from oauthlib.oauth2 import BackendApplicationClient, WebApplicationClient

from integrationhub.wire.oauth.applications import Application
from integrationhub.wire.transport import Request

DEADLINE = 10.0
VERIFIER_LENGTH = 96


def new_verifier() -> str:
    """What proves, when the code is exchanged, that whoever does it also asked for it (RFC 7636)."""
    verifier: str = WebApplicationClient("").create_code_verifier(VERIFIER_LENGTH)
    return verifier


def authorization_url(application: Application, *, redirect_uri: str, state: str, verifier: str) -> str:
    """Where a person goes to agree."""
    client = WebApplicationClient(application.client_id)
    url: str = client.prepare_request_uri(
        application.authorization_url,
        redirect_uri=redirect_uri,
        scope=list(application.scopes) or None,
        state=state,
        code_challenge=client.create_code_challenge(verifier, "S256"),
        code_challenge_method="S256",
        **application.extra,
    )
    return url


def code_request(application: Application, *, code: str, verifier: str, redirect_uri: str) -> Request:
    client = WebApplicationClient(application.client_id)
    body = client.prepare_request_body(
        code=code, redirect_uri=redirect_uri, code_verifier=verifier, **_in_body(application)
    )
    return _token_request(application, body)


def refresh_request(application: Application, *, refresh_token: str) -> Request:
    client = WebApplicationClient(application.client_id)
    named: dict[str, Any] = {"client_id": application.client_id, **_in_body(application)}
    return _token_request(application, client.prepare_refresh_body(refresh_token=refresh_token, **named))


def client_credentials_request(application: Application) -> Request:
    client = BackendApplicationClient(application.client_id)
    more: dict[str, Any] = {**_in_body(application), **application.extra}
    body = client.prepare_request_body(scope=list(application.scopes) or None, **more)
    return _token_request(application, body)


def revocation_request(application: Application, url: str, *, token: str, hint: str) -> Request:
    """RFC 7009. `hint`: `refresh_token` or `access_token`."""
    fields = {"token": token, "token_type_hint": hint}
    if application.secret_in_body or not application.secret:
        fields |= {"client_id": application.client_id}
    if application.secret_in_body:
        fields |= {"client_secret": application.secret}
    return _post(application, url, urlencode(fields))


def _in_body(application: Application) -> dict[str, Any]:
    """How the client is named in a body: a public one by its id alone."""
    if application.secret_in_body:
        return {"include_client_id": True, "client_secret": application.secret}
    return {"include_client_id": not application.secret}


def _token_request(application: Application, body: str) -> Request:
    return _post(application, application.token_url, body)


def _post(application: Application, url: str, body: str) -> Request:
    headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
    if application.secret and not application.secret_in_body:
        headers.append(("Authorization", f"Basic {_basic(application)}"))
    return Request("POST", url, tuple(headers), body.encode(), DEADLINE)


def _basic(application: Application) -> str:
    """Both are form-encoded first (RFC 6749, 2.3.1)."""
    pair = f"{quote_plus(application.client_id)}:{quote_plus(application.secret)}"
    return base64.b64encode(pair.encode()).decode()
