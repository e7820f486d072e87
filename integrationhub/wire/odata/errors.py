"""What goes wrong in a request, and the one shape in which OData clients are told.

{"error": {"code": "400", "message": "The input was not valid.",
           "details": [{"code": "", "target": "Name", "message": "…"}]}}

`code` is the status as text where there is nothing more to say. A message never holds a stack trace.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.http import Http404
from rest_framework import exceptions

from integrationhub.wire import problems

INVALID = "The input was not valid."
NOT_FOUND = "The resource is not found."
MOST_DETAILS = 100


class Detail(NamedTuple):
    """One thing that is wrong. `target` is the property or the position at fault, "" for the whole."""

    target: str
    message: str
    code: str = ""


class ODataError(Exception):
    """An answer other than success: `status` is that of HTTP, `target` what the message is about."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        target: str | None = None,
        details: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code or str(status)
        self.message = message
        self.target = target
        self.details = tuple(details)
        self.headers = dict(headers or {})

    @property
    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target:
            error["target"] = self.target
        if self.details:
            error["details"] = [_shown(detail) for detail in self.details[:MOST_DETAILS]]
        return {"error": error}


def invalid(details: Sequence[Detail]) -> ODataError:
    """400 for a body: what is wrong with which of its members. A single fault is the message itself."""
    if len(details) == 1:
        return ODataError(400, "", details[0].message, details[0].target or None, details)
    return ODataError(400, "", INVALID, details=details)


def not_found() -> ODataError:
    """The same for a row that does not exist and for one that the caller may not know of."""
    return ODataError(404, "", NOT_FOUND)


def not_implemented(what: str) -> ODataError:
    return ODataError(501, "", f"{what} is not implemented.")


def translate(error: Exception) -> ODataError | None:
    """What the rest of the product raises, in this shape. None for an error that nobody foresaw."""
    if isinstance(error, ODataError):
        return error
    if isinstance(error, Http404 | exceptions.NotFound):
        return not_found()
    known = problems.translate(error)
    if known is None:
        return None
    faults = problems.faults_of(known)
    if faults:
        details = [Detail(fault.field.replace(".", "/"), fault.message) for fault in faults]
        return ODataError(known.status_code, "", _summary(details), details=details)
    return ODataError(known.status_code, "", str(known.detail), headers=problems.headers_of(known))


def _summary(details: Sequence[Detail]) -> str:
    return details[0].message if len(details) == 1 else INVALID


def _shown(detail: Detail) -> dict[str, str]:
    shown = {"code": detail.code, "message": detail.message}
    return {**shown, "target": detail.target} if detail.target else shown
