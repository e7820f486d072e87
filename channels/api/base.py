"""What all of the platform's collections answer alike: its errors, its content type, its scopes."""

from typing import Any

import structlog
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from channels.points import Taken, TooMany
from integrationhub.wire import problems
from integrationhub.wire.era import errors
from integrationhub.wire.era.errors import Code, EraError
from integrations.api.authentication import caller
from integrations.api.base import HubView
from integrations.api.permissions import HasScope
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.principals import Principal, Scope

log = structlog.get_logger(__name__)


class EraJSONRenderer(JSONRenderer):
    charset = "utf-8"


class AlwaysJSON(DefaultContentNegotiation):
    """The platform has one representation, whatever a caller would rather accept."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class MayManageChannels(HasScope):
    """Whatever is done here, it is done to channels."""

    @staticmethod
    def _needed(request: Request, view: Any) -> str:
        return Scope.CHANNELS


class EraView(HubView):
    renderer_classes = [EraJSONRenderer]
    content_negotiation_class = AlwaysJSON
    permission_classes = [MayManageChannels]

    @property
    def principal(self) -> Principal:
        return caller(self.request)

    def get_exception_handler(self) -> Any:
        return exception_handler


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    known = _refusal(error) if isinstance(error, Refused) else problems.translate(error)
    if known is None:
        log.error("request_failed", error=type(error).__name__, exc_info=error)
        known = EraError(Code.INTERNAL_ERROR, "The hub failed on this request. It has been logged.")
    return Response(errors.body_of(known), known.status_code, headers=problems.headers_of(known))


def _refusal(refusal: Refused) -> APIException:
    fault = refusal.faults[0]
    named = {"field": fault.field} if fault.field else {}
    match refusal:
        case TooMany():
            return EraError(Code.LICENSE_RESTRICTION, fault.message, **named)
        case Taken():
            return EraError(Code.ALREADY_EXISTS, fault.message, **named)
        case NotAllowed():
            return EraError(Code.ACCESS_DENIED, fault.message, **named)
        case Conflict():
            return EraError(Code.OPERATION_FAILED, fault.message, **named)
    return EraError(Code.INVALID_PARAMS, fault.message, **named)
