"""Errors as the platform writes them: `{"error_code": …, "error_message": …, "error_details": {…}}`."""

import json
from enum import IntEnum
from typing import Any

from rest_framework.exceptions import APIException

from integrationhub.wire import problems


class Code(IntEnum):
    ACCESS_DENIED = 1401
    ALREADY_EXISTS = 1402
    NOT_IMPLEMENTED = 1403
    NOT_FOUND = 1404
    INVALID_REQUEST = 1405
    UNAUTHORIZED = 1407
    NOT_LOADED = 1408
    OPERATION_FAILED = 1409
    LIMITED = 1410
    LICENSE_RESTRICTION = 1411
    INVALID_PARAMS = 1413
    TIMEOUT = 1414
    INTERNAL_ERROR = 1501


# The platform's documents show a status for 1404 alone; the others are our reading of the codes.
STATUSES: dict[Code, int] = {
    Code.ACCESS_DENIED: 403,
    Code.ALREADY_EXISTS: 409,
    Code.NOT_IMPLEMENTED: 405,
    Code.NOT_FOUND: 404,
    Code.INVALID_REQUEST: 400,
    Code.UNAUTHORIZED: 401,
    Code.NOT_LOADED: 503,
    Code.OPERATION_FAILED: 422,
    Code.LIMITED: 429,
    Code.LICENSE_RESTRICTION: 403,
    Code.INVALID_PARAMS: 400,
    Code.TIMEOUT: 504,
    Code.INTERNAL_ERROR: 500,
}
_CODES: dict[int, Code] = {
    401: Code.UNAUTHORIZED,
    403: Code.ACCESS_DENIED,
    404: Code.NOT_FOUND,
    405: Code.NOT_IMPLEMENTED,
    409: Code.OPERATION_FAILED,
    429: Code.LIMITED,
    503: Code.NOT_LOADED,
    504: Code.TIMEOUT,
}


class EraError(APIException):
    """A refusal in the platform's words. `details` holds no secret."""

    def __init__(self, code: Code, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.status_code = STATUSES[code]
        self.details = details


def body_of(error: APIException) -> dict[str, Any]:
    """What is answered to any error that a request can end in."""
    if isinstance(error, EraError):
        return body(error.code, str(error.detail), **error.details)
    if faults := problems.faults_of(error):
        named = {"field": faults[0].field} if faults[0].field else {}
        return body(Code.INVALID_PARAMS, faults[0].message, **named)
    code = _CODES.get(error.status_code, Code.INVALID_REQUEST)
    wait = getattr(error, "wait", None)
    return body(code, str(error.detail), **({"timer": int(wait)} if wait else {}))


def body(code: Code, message: str, **details: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"error_code": int(code), "error_message": message}
    return {**told, "error_details": details} if details else told


def render(status: int, detail: str) -> bytes:
    """The body of an answer that is given before a view is asked."""
    return json.dumps(body(_CODES.get(status, Code.INVALID_REQUEST), detail)).encode()
