"""A service under a prefix: one view for every path, with the authentication that the settings name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, re_path
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from integrationhub.wire.letter_case import in_any_case

from . import openapi
from .dispatching import bodiless, dispatch, failed
from .exchange import Exchange, parse_options
from .registry import Service

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+/?", re.ASCII)
METHODS = ["get", "head", "post", "put", "patch", "delete"]


def service_urls(prefix: str, service: Service, principal_of: Callable[[Request], Any]) -> URLPattern:
    """`prefix` in any case, and everything below it, with or without a version segment such as `/v1/`.

    `principal_of(request)` says who calls, after the authentication classes of the settings; it may raise.
    """
    pattern = rf"^{in_any_case(prefix)}(?:/[vV][0-9]+)?(?:/(?P<path>[\s\S]*))?$"
    view = ODataView.as_view(service=service, principal_of=principal_of)
    return re_path(pattern, view, name=service.namespace)


def openapi_view(service: Service, root: str) -> Callable[[HttpRequest], HttpResponse]:
    """The view of the service's OpenAPI document; `root` is where the service is, such as `/OData`."""
    return lambda request: JsonResponse(openapi.document(service, root))


class ODataView(APIView):
    service: Service | None = None
    principal_of: Callable[[Request], Any] | None = None
    http_method_names = METHODS
    permission_classes = ()
    default_response_headers: dict[str, str] = {}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """The answer's form is OData's own matter."""
        return self.get_renderers()[0], "application/json"

    def handle(self, request: Request, path: str | None = None) -> HttpResponse:
        return _private(dispatch(self._exchange(request, path, self._principal(request))))

    get = head = post = put = patch = delete = handle

    def handle_exception(self, exc: Exception) -> Any:
        """Errors before and beside the request itself, such as a credential that is not known."""
        if isinstance(exc, NotAuthenticated | AuthenticationFailed):
            setattr(exc, "auth_header", self.get_authenticate_header(self.request))  # noqa: B010
        path = self.kwargs.get("path")
        response = failed(self._exchange(self.request, path, None, with_body=False), exc)
        if isinstance(exc, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(self.allowed_methods)
        return _private(bodiless(response) if self.request.method == "HEAD" else response)

    def _principal(self, request: Request) -> Any:
        find: Any = self.principal_of
        return find(request)

    def _exchange(
        self, request: Request, path: str | None, principal: Any, *, with_body: bool = True
    ) -> Exchange:
        if self.service is None:
            raise TypeError("ODataView needs a service")
        return Exchange(
            service=self.service,
            principal=principal,
            method=str(request.method),
            path=path or "",
            options=parse_options(_query(request)),
            headers=request.headers,
            body=_body(request) if with_body else b"",
            root=_root(request._request, path),
            now=timezone.now(),
        )


def _body(request: Request) -> bytes:
    return b"" if request.method in ("GET", "HEAD") else request._request.body


def _query(request: Request) -> str:
    """WSGI hands bytes over as letters; those of who encodes nothing are UTF-8."""
    text: str = request.META.get("QUERY_STRING", "")
    return text.encode("iso-8859-1", "replace").decode("utf-8", "replace")


def _root(request: HttpRequest, path: str | None) -> str:
    """Where the service begins, as the caller called it."""
    root = request.path[: len(request.path) - len(path)] if path else request.path
    return request.build_absolute_uri(f"{_prefix(request)}{root.rstrip('/')}/")


def _prefix(request: HttpRequest) -> str:
    """What a proxy took off the path, where Django is told to trust what a proxy says of host and port."""
    given = request.headers.get("X-Forwarded-Prefix", "") if settings.USE_X_FORWARDED_HOST else ""
    return given.rstrip("/") if _PREFIX.fullmatch(given) else ""


def _private(response: HttpResponse) -> HttpResponse:
    """Answers are the caller's alone, and true at this moment only."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
