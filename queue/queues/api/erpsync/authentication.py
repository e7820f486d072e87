"""Who calls the agent: credentials, or a session that proves itself by X-XSRF-TOKEN; and whether they may."""

import hmac
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpResponse
from django.middleware.csrf import get_token
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from integrationhub.wire.netserver.errors import RESTRICTED
from integrations.api.authentication import SessionAuthentication, caller
from integrations.principals import Scope

COOKIE = "XSRF-TOKEN"
READING = ("GET", "HEAD")


class XsrfSessionAuthentication(SessionAuthentication):
    """A session alone proves nothing: scripts of other sites send its cookie, too."""

    def enforce_csrf(self, request: Any) -> None:
        if request.method in READING:
            return
        request.META["HTTP_X_CSRFTOKEN"] = request.META.get("HTTP_X_XSRF_TOKEN", "")
        try:
            super().enforce_csrf(request)
        except PermissionDenied:
            raise AuthenticationFailed("Without an Authorization header, X-XSRF-TOKEN is needed.") from None


class MayUseAgent(BasePermission):
    """The agent is closed to credentials it was not opened for, and to unknown apps where apps are known."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        self.message = RESTRICTED
        return caller(request).may(Scope.ERPSYNC) and self._is_known_app(request)

    def _is_known_app(self, request: Request) -> bool:
        if not settings.HUB_ERPSYNC_APP_TOKENS or "HTTP_AUTHORIZATION" not in request.META:
            return True
        self.message = "The SO-AppToken names no app that is known here."
        sent = request.META.get("HTTP_SO_APPTOKEN", "").encode(errors="surrogateescape")
        return any(hmac.compare_digest(sent, token.encode()) for token in settings.HUB_ERPSYNC_APP_TOKENS)


def hand_out_token(request: Request, response: HttpResponse) -> None:
    """What a signed-in person's script has to send back."""
    if get_user(request._request).is_authenticated:
        response.set_cookie(
            COOKIE, get_token(request._request), secure=settings.CSRF_COOKIE_SECURE, samesite="Lax"
        )
