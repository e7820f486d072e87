"""Batches as JSON.

{"requests": [{"id", "method", "url", "headers", "body", "atomicityGroup", "dependsOn"}]}
"""

import base64
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.datastructures import CaseInsensitiveMapping

from integrationhub.wire import json_bodies

from . import media_types
from .batch_parts import Part, Result
from .encoding import dumps
from .errors import ODataError, not_implemented
from .negotiation import JSON

_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD")


def read(body: bytes) -> list[Part]:
    """Raises 400 that says which request is at fault."""
    given = json_bodies.loads(body, Decimal)
    requests = given.get("requests") if isinstance(given, dict) else None
    if not isinstance(requests, list):
        raise ODataError(400, "", 'The body has to be {"requests": […]}.', "requests")
    parts = [_part(each, f"requests/{number}") for number, each in enumerate(requests)]
    _check_ids(parts)
    return parts


def write(results: Sequence[Result]) -> HttpResponse:
    answers = [_answer(each) for each in results]
    return HttpResponse(dumps({"responses": answers}), content_type=JSON)


def _part(given: Any, place: str) -> Part:
    if not isinstance(given, dict):
        raise ODataError(400, "", "A request is an object.", place)
    headers = given.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise ODataError(400, "", "headers is an object of texts.", f"{place}/headers")
    depends_on = given.get("dependsOn") or []
    if not isinstance(depends_on, list) or not all(isinstance(each, str) for each in depends_on):
        raise ODataError(400, "", "dependsOn is a list of ids.", f"{place}/dependsOn")
    named = CaseInsensitiveMapping({**headers, "Content-Type": _content_type(headers)})
    return Part(
        method=_method(given, place),
        url=_text(given, "url", place),
        headers=named,
        body=_body(given.get("body"), named["Content-Type"], place),
        id=_text(given, "id", place),
        group=_text(given, "atomicityGroup", place) if given.get("atomicityGroup") is not None else None,
        depends_on=tuple(depends_on),
        fault=not_implemented("The condition `if`") if "if" in given else None,
    )


def _method(given: dict[str, Any], place: str) -> str:
    method = _text(given, "method", place).upper()
    if method not in _METHODS:
        raise ODataError(400, "", f"method is one of {', '.join(_METHODS)}.", f"{place}/method")
    return method


def _text(given: dict[str, Any], name: str, place: str) -> str:
    text = given.get(name)
    if not isinstance(text, str) or not text:
        raise ODataError(400, "", f"{name} has to be a text.", f"{place}/{name}")
    return text


def _content_type(headers: dict[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == "content-type"), JSON)


def _body(given: Any, content_type: str, place: str) -> bytes:
    """JSON as it is; a text of another type is the text, or bytes in base64url."""
    kind = media_types.parse(content_type)
    name = kind.name if kind else ""
    if given is None:
        return b""
    if name == JSON or not isinstance(given, str):
        try:
            return dumps(given)
        except TypeError:
            raise ODataError(400, "", "A number has more than 64 bits.", f"{place}/body") from None
    if name.startswith("text/"):
        return given.encode()
    try:
        return base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except ValueError:
        raise ODataError(400, "", "The body is not in base64url.", f"{place}/body") from None


def _check_ids(parts: Sequence[Part]) -> None:
    """Ids are unique, groups are together, and a request depends on earlier ones alone."""
    known: set[str] = set()
    group: str | None = None
    for number, part in enumerate(parts):
        place = f"requests/{number}"
        if part.id in known:
            raise ODataError(400, "", "This id is taken by an earlier request.", f"{place}/id")
        if part.group is not None and part.group != group and part.group in known:
            raise ODataError(400, "", "The requests of a group stand together.", f"{place}/atomicityGroup")
        if strangers := set(part.depends_on) - known:
            message = f"{min(strangers)[:100]} is no earlier request or group."
            raise ODataError(400, "", message, f"{place}/dependsOn")
        group = part.group
        known |= {name for name in (part.id, part.group) if name is not None}


def _answer(result: Result) -> dict[str, Any]:
    part, response = result.part, result.response
    answer: dict[str, Any] = {"id": part.id}
    if part.group is not None:
        answer["atomicityGroup"] = part.group
    answer |= {"status": response.status_code, "headers": dict(response.items())}
    if response.content:
        answer["body"] = _shown(response)
    return answer


def _shown(response: HttpResponse) -> Any:
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if kind == JSON:
        return orjson.Fragment(response.content)
    if kind.startswith("text/"):
        return response.content.decode()
    return base64.urlsafe_b64encode(response.content).decode().rstrip("=")
