"""What a verb refuses, as the problem details of `integrationhub.wire.problems`."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from integrationhub.wire import problems
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.idempotency import KeyReused


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    known = _translate(error) if isinstance(error, Refused) else error
    return problems.exception_handler(known, context)


def _translate(refusal: Refused) -> Exception:
    match refusal:
        case NotAllowed():
            return PermissionDenied(refusal.message)
        case KeyReused():
            return problems.Unprocessable(refusal.message)
        case Conflict():
            return problems.Conflict(refusal.message)
    return problems.InvalidInput(
        [problems.FieldError(fault.field or "", fault.message) for fault in refusal.faults]
    )
