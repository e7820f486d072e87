"""`Idempotency-Key` on every POST: a request that comes again is answered as it was, and not executed again.

What is kept is the answer to a request that was executed: success, or a failure of the hub. A refusal changed
nothing, so the same request is judged anew.
"""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from integrationhub.wire import problems
from integrations import idempotency
from integrations.api.authentication import caller
from integrations.api.problems import exception_handler
from integrations.idempotency import Answer
from integrations.models import KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HEADERS = ("Content-Type", "ETag", "Location")

Handler = Callable[..., HttpResponseBase]


def once(handler: Handler) -> Handler:
    """The handler of a POST, executed at most once for each key."""

    def answer(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(request, *args, **kwargs)
        claimed = idempotency.claim(
            idempotency.caller_of(caller(request)),
            _check(key),
            fingerprint=_fingerprint(request),
            now=timezone.now(),
        )
        if isinstance(claimed, Answer):
            return _replay(claimed)
        return _execute(claimed, lambda: handler(request, *args, **kwargs))

    return answer


def _execute(claimed: KeptAnswer, handle: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        with transaction.atomic():
            response = handle()
            idempotency.keep(claimed, _read(response))
    except Exception as error:
        refusal = exception_handler(error, {})
        if refusal is None:
            failure = problems.server_error()
            idempotency.keep(claimed, _read(failure))
        else:
            idempotency.release(claimed)
        raise
    return response


def _check(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise problems.InvalidInput(
            [problems.FieldError(HEADER, "A key is 1 to 255 visible ASCII characters.")]
        )
    return key


def _fingerprint(request: Request) -> str:
    """Of all that decides what is done. A body counts by what it says, however it is spaced."""
    client = caller(request).client
    asked = [client and client.pk, request.path_info, request.META.get("QUERY_STRING", ""), request.data]
    conditions = request.headers.get("If-Match")
    text = json.dumps([*asked, conditions], sort_keys=True, default=repr)
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _read(response: Any) -> Answer:
    headers = {name: response[name] for name in _HEADERS if name in response}
    if not isinstance(response, Response):
        return Answer(response.status_code, headers, response.content.decode())
    body = b"" if response.data is None else JSONRenderer().render(response.data)
    return Answer(response.status_code, {**headers, "Content-Type": "application/json"}, body.decode())


def _replay(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, headers={**answer.headers, REPLAYED: "true"})
