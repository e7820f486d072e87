"""The client's side of OAuth 2.0: what to ask an authorization server, and what its answers mean.

oauthlib knows the protocol; what goes out goes through the hub's own guarded transport.
"""

from integrationhub.wire.oauth.answers import (
    GrantEnded,
    TokenRefused,
    Tokens,
    TokenTrouble,
    TokenUnavailable,
    read_tokens,
)
from integrationhub.wire.oauth.applications import Application, check_endpoint, check_extra
from integrationhub.wire.oauth.asking import (
    authorization_url,
    client_credentials_request,
    code_request,
    new_verifier,
    refresh_request,
    revocation_request,
)

__all__ = [
    "Application",
    "GrantEnded",
    "TokenRefused",
    "TokenTrouble",
    "TokenUnavailable",
    "Tokens",
    "authorization_url",
    "check_endpoint",
    "check_extra",
    "client_credentials_request",
    "code_request",
    "new_verifier",
    "read_tokens",
    "refresh_request",
    "revocation_request",
]
