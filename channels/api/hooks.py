"""Hooks: `/exec` with the local token as bearer, and `/hooks/<token>` for senders that set no headers.

Plain views, without the REST framework: what they take in is anything, from anyone who has the token.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.request import HttpHeaders
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from channels import receiving
from channels.models import IntegrationPoint
from channels.receiving import FromElsewhere, Hook, Unproven
from channels.running import Busy, TimedOut
from channels.scripts.contract import ScriptFailed
from channels.sealing import Letter
from integrationhub.wire.authentication.peers import peer_address
from integrationhub.wire.era.errors import STATUSES, Code, body
from integrations.encryption import WrongKeyError

_METHODS = ("POST", "GET")
_BEARER = "bearer "
_encode = DjangoJSONEncoder().encode
_header_name = lru_cache(maxsize=512)(HttpHeaders.parse_header_name)


@csrf_exempt
def exec_hook(request: HttpRequest) -> HttpResponse:
    header = request.META.get("HTTP_AUTHORIZATION", "")
    token = header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else ""
    answer = _answer(request, token)
    if answer is None:
        answer = _error(Code.UNAUTHORIZED, "Unauthorized")
        answer["WWW-Authenticate"] = 'Bearer realm="integrationhub"'
    return answer


@csrf_exempt
def token_hook(request: HttpRequest, token: str) -> HttpResponse:
    return _answer(request, token) or _error(Code.NOT_FOUND, "Token not found")


def _answer(request: HttpRequest, token: str) -> HttpResponse | None:
    """None for a token that opens nothing."""
    if request.method not in _METHODS:
        refused = _error(Code.NOT_IMPLEMENTED, "Send POST or GET.")
        refused["Allow"] = ", ".join(_METHODS)
        return refused
    try:
        point = receiving.find(token)
        return None if point is None else _take(request, token, point)
    except (OperationalError, InterfaceError):
        return _error(Code.NOT_LOADED, "The database does not answer in time; try again.")


def _take(request: HttpRequest, token: str, point: IntegrationPoint) -> HttpResponse | None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.HUB_HOOK_BYTES:
        return _error(Code.INVALID_REQUEST, f"A body has at most {settings.HUB_HOOK_BYTES} bytes.", 413)
    try:
        hook = _read(request)
    except UnreadablePostError:
        return _error(Code.INVALID_REQUEST, "The body ended before it was complete.")
    return _accept(token, point, hook)


def _accept(token: str, point: IntegrationPoint, hook: Hook) -> HttpResponse | None:
    try:
        answer = receiving.accept(token, point, hook, now=timezone.now())
        return None if answer is None else _json(answer.result)
    except FromElsewhere as refusal:
        return _error(Code.ACCESS_DENIED, str(refusal))
    except Unproven as refusal:
        return _error(Code.UNAUTHORIZED, str(refusal))
    except ScriptFailed as failure:
        return _error(Code.OPERATION_FAILED, str(failure))
    except TimedOut:
        return _error(Code.TIMEOUT, "The script has not answered in time.")
    except (Busy, WrongKeyError):
        return _error(Code.NOT_LOADED, "The channel cannot be served at present.")


def _read(request: HttpRequest) -> Hook:
    # The path holds the token where it is not in a header: scripts and the log are shown none.
    path = "/exec" if request.path_info in ("/exec", "/exec/") else "/hooks"
    letter = Letter(
        headers=list(_headers(request)),
        body=request.body,
        path=path,
        query=request.META.get("QUERY_STRING", ""),
        protocol=request.META.get("SERVER_PROTOCOL", ""),
    )
    return Hook(str(request.method), letter, peer_address(request.META, settings.HUB_PROXY_COUNT)[:255])


def _headers(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for variable, value in request.META.items():
        name = _header_name(variable)
        if name not in (None, "Authorization", "Cookie"):
            yield name, value


def _json(value: Any) -> HttpResponse:
    try:
        return HttpResponse(_encode(value), content_type="application/json")
    except (TypeError, ValueError):
        return _error(Code.OPERATION_FAILED, "The script's result is no JSON.")


def _error(code: Code, message: str, status: int | None = None) -> HttpResponse:
    response = JsonResponse(body(code, message), status=status or STATUSES[code])
    # Django would write the path of a refused request to its log, and with it the token.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
