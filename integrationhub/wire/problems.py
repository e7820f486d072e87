"""Errors as problem details (RFC 9457), the one shape of them on the hub's own REST surface.

{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "…",
 "errors": [{"field": "rows[3].Amount", "message": "…"}]}
"""

import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import structlog
from django.core import exceptions as django_errors
from django.db import DataError, Error, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

PROBLEM_JSON = "application/problem+json"
MOST_ERRORS = 100

_RETRY_AFTER = 5
_NOT_FOUND = "There is nothing here under this name."

logger = structlog.get_logger(__name__)


class FieldError(NamedTuple):
    """`field` is a path into the request, "" for the request as a whole."""

    field: str
    message: str


class InvalidInput(exceptions.APIException):
    """The request says something that cannot be: which fields, and why."""

    status_code = HTTPStatus.BAD_REQUEST
    default_code = "invalid"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(_summary(errors))
        self.errors = errors


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_detail = "Another request was faster; read the row again."


class PreconditionFailed(exceptions.APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "The row has changed since its ETag was read; read it again."


class Unprocessable(exceptions.APIException):
    status_code = HTTPStatus.UNPROCESSABLE_ENTITY


class BodyTooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Unavailable(exceptions.APIException):
    """`wait` becomes Retry-After, in seconds."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "The database does not answer in time; try again."
    wait = _RETRY_AFTER


def problem(status: int, detail: str, errors: Sequence[FieldError] = ()) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
    }
    if errors:
        body["errors"] = [error._asdict() for error in errors[:MOST_ERRORS]]
    return body


def render(status: int, detail: str) -> bytes:
    return json.dumps(problem(status, detail)).encode()


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error, for REST_FRAMEWORK. None for one nobody foresaw: a logged 500."""
    known = translate(error)
    if known is None:
        return None
    errors = faults_of(known)
    detail = _summary(errors) if errors else str(known.detail)
    return Response(
        problem(known.status_code, detail, errors),
        status=known.status_code,
        headers=headers_of(known),
        content_type=PROBLEM_JSON,
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(render(404, _NOT_FOUND), status=404, content_type=PROBLEM_JSON)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(render(400, "This is no valid HTTP request."), status=400, content_type=PROBLEM_JSON)


def server_error(request: HttpRequest | None = None) -> HttpResponse:
    detail = "The hub failed on this request. It has been logged."
    return HttpResponse(render(500, detail), status=500, content_type=PROBLEM_JSON)


def translate(error: Exception) -> exceptions.APIException | None:
    match error:
        case Http404() | exceptions.NotFound():
            return exceptions.NotFound(_NOT_FOUND)
        case exceptions.APIException():
            return error
        case django_errors.PermissionDenied():
            return exceptions.PermissionDenied()
        case django_errors.ValidationError():
            return InvalidInput(list(_flatten(_messages(error))))
        case django_errors.RequestDataTooBig():
            return BodyTooLarge("The body is too large.")
        case Error():
            return _translate_database_error(error)
    return None


def _translate_database_error(error: Error) -> exceptions.APIException | None:
    match error:
        case IntegrityError():
            return Conflict()
        case DataError():
            return exceptions.ParseError("A value does not fit its column.")
        case OperationalError() | InterfaceError():
            logger.warning("database_unavailable", error=str(error))
            return Unavailable()
    return None


def _messages(error: django_errors.ValidationError) -> Any:
    if not hasattr(error, "error_dict"):
        return error.messages
    return {"" if name == "__all__" else name: texts for name, texts in error.message_dict.items()}


def faults_of(error: exceptions.APIException) -> Sequence[FieldError]:
    if isinstance(error, InvalidInput):
        return error.errors
    return list(_flatten(error.detail)) if isinstance(error, exceptions.ValidationError) else []


def _flatten(detail: Any, path: str = "") -> Iterator[FieldError]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _flatten(value, _join(path, key))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            yield from _flatten(value, path if isinstance(value, str) else _join(path, index))
    else:
        yield FieldError(path, str(detail))


def _join(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key in ("", "non_field_errors"):
        return path
    return f"{path}.{key}" if path else key


def _summary(errors: Sequence[FieldError]) -> str:
    if len(errors) == 1:
        field, message = errors[0]
        return f"{field}: {message}" if field else message
    listed = f"; the first {MOST_ERRORS} are listed" if len(errors) > MOST_ERRORS else ""
    return f"The request has {len(errors)} errors{listed}."


def headers_of(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
