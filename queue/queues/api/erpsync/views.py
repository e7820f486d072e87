"""One view for all operations: who asks, in which manner, with what, and what they are told."""

from typing import Any

import structlog
from django.utils import timezone
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from integrationhub.wire.netserver import arguments, carriers, errors, languages, media, selecting, time_zones
from integrationhub.wire.netserver.carriers import Manner
from integrationhub.wire.netserver.media import Answer
from integrationhub.wire.problems import FieldError, InvalidInput
from integrations.api import problems
from integrations.api.authentication import CredentialAuthentication, caller
from integrations.api.base import HubView
from integrations.errors import Conflict, NotAllowed, Refused
from queues.api.erpsync.authentication import MayUseAgent, XsrfSessionAuthentication, hand_out_token
from queues.api.erpsync.operations import OPERATIONS, Call, Operation
from queues.api.erpsync.second_tier import NOT_DONE

log = structlog.get_logger(__name__)

# What the verbs call a thing, and what the wire does.
_MEMBERS = {
    "name": "DisplayName",
    "description": "DisplayDescription",
    "base_url": "URL",
    "system": "ErpConnectorId",
    "interval": "Interval",
    "key": "ErpKey",
    "actor_type": "ErpActorType",
    "record": "CrmRecordId",
    "field_values": "FieldValues",
    "user_group_ids": "UserGroupAccessIds",
    "associate_ids": "AssociateAccessIds",
}
_UNDONE = {name.lower(): name for name in NOT_DONE}


class NotDone(APIException):
    status_code = 501


class NetServerView(HubView):
    """NetServer's media types, negotiation and errors."""

    schema = None  # it is no part of the hub's own OpenAPI
    authentication_classes: Any = (CredentialAuthentication, XsrfSessionAuthentication)
    permission_classes: Any = (MayUseAgent,)
    parser_classes = media.PARSERS
    renderer_classes: Any = media.RENDERERS
    content_negotiation_class = media.Negotiation
    http_method_names = ["get", "head", "post"]

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Refused) and exc.field in _MEMBERS and not isinstance(exc, NotAllowed | Conflict):
            exc = InvalidInput(
                [FieldError(_MEMBERS.get(each.field or "", ""), each.message) for each in exc.faults]
            )
        return super().handle_exception(exc)

    def get_exception_handler(self) -> Any:
        return _answer_to

    def manner(self) -> Manner:
        """How the caller wants to be told. Raises InvalidInput."""
        meta, query = self.request.META, {name.lower(): text for name, text in _query(self.request)}
        try:
            zone = time_zones.read(meta.get("HTTP_SO_TIMEZONE", ""))
        except ValueError as error:
            raise InvalidInput([FieldError("SO-TimeZone", str(error))]) from None
        locale = languages.choose(
            *(meta.get(f"HTTP_{name}", "") for name in ("SO_LANGUAGE", "ACCEPT_LANGUAGE", "SO_CULTURE"))
        )
        return Manner(locale, zone, selecting.read(query.get("$select", "")))


class AgentView(NetServerView):
    def get(self, request: Request, operation: str) -> Response:
        """GET describes an operation, and never runs it."""
        name = operation.lower()
        told = describe(_find(name)) if name not in _UNDONE else {"Name": _UNDONE[name], "Method": "POST"}
        response = Response(Answer(told, "Operation"))
        hand_out_token(request, response)
        return response

    def post(self, request: Request, operation: str) -> Response:
        found, manner = _find(operation.lower()), self.manner()
        given = arguments.read(found.arguments, request.data, _query(request))
        value = found.run(Call(caller(request), given, timezone.now()))
        response = Response(None, 204)
        if found.returns:
            response = Response(Answer(carriers.write(value, manner), found.returns))
        if zone := request.META.get("HTTP_SO_TIMEZONE"):
            response["SO-TIMEZONE"] = zone
        return response


class NowhereView(NetServerView):
    """No such path."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound


def _query(request: Request) -> list[tuple[str, str]]:
    return [(name, str(text)) for name, text in request.query_params.items()]


def describe(operation: Operation) -> dict[str, Any]:
    parameters = {
        name: "required" if argument.is_required else "optional"
        for name, argument in operation.arguments.items()
    }
    return {
        "Name": operation.name,
        "Method": "POST",
        "Description": operation.description,
        "Parameters": parameters,
        "Returns": operation.returns,
    }


def _find(name: str) -> Operation:
    if name in _UNDONE:
        raise NotDone(f"The hub does not do {_UNDONE[name]}.")
    if name not in OPERATIONS:
        raise NotFound
    return OPERATIONS[name]


def _answer_to(error: Exception, context: dict[str, Any]) -> Response:
    known = problems.exception_handler(error, context)
    if known is None:
        log.error("erpsync_failed", exc_info=error)
        return errors.failure()
    return errors.reshaped(known)
