"""Who calls: one principal per request, whichever way the caller signed in. It is `request.auth`."""

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils import timezone
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, NotFound, Throttled
from rest_framework.request import Request

from integrationhub.wire.authentication import authorization, failures
from integrationhub.wire.authentication.peers import peer_address, peer_network
from integrationhub.wire.authentication.prefixes import CLIENT_HEADER
from integrations import callers, credentials
from integrations.principals import Principal

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Caller = tuple["User | None", Principal]


def caller(request: Request) -> Principal:
    return cast(Principal, request.auth or callers.NOBODY)


class CredentialAuthentication(authentication.BaseAuthentication):
    """Basic and Bearer credentials. Failures are counted per address, and refused before any work is done."""

    def authenticate(self, request: Request) -> Caller | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        now = timezone.now()
        network = peer_network(peer_address(request.META, settings.HUB_PROXY_COUNT))
        if wait := failures.seconds_to_wait(network, now):
            raise Throttled(wait, "Sign-in failed too often from this address.")
        try:
            principal = _prove(authorization.parse(header))
        except (authorization.MalformedAuthorizationError, AuthenticationFailed) as error:
            failures.note_failure(network, now)
            raise AuthenticationFailed(str(error)) from None
        return principal.user, _acting(principal, request)

    def authenticate_header(self, request: Request) -> str:
        return authorization.CHALLENGE


class SessionAuthentication(authentication.SessionAuthentication):
    """People signed in to the back office: staff, and members of a client. Writing needs the CSRF token."""

    def authenticate(self, request: Request) -> Caller | None:
        signed_in = super().authenticate(request)
        if signed_in is None:
            return None
        user = signed_in[0]
        try:
            return user, callers.person(user, request.headers.get(CLIENT_HEADER))
        except callers.UnknownClient:
            raise NotFound from None


def _prove(presented: authorization.Presented) -> Principal:
    credential = credentials.authenticate(
        presented.scheme, prefix=presented.prefix, secret=presented.secret, now=timezone.now()
    )
    if credential is None:
        raise AuthenticationFailed("The credential is unknown, expired or wrong.")
    return credentials.principal_of(credential)


def _acting(principal: Principal, request: Request) -> Principal:
    try:
        return callers.choose(principal, request.headers.get(CLIENT_HEADER))
    except callers.UnknownClient:
        raise NotFound from None
