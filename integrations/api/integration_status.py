"""Gravitate's IntegrationStatus: agents that run outside of the hub say when they start, and how it went."""

from typing import Any

import structlog
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from integrationhub.wire import datacontract, webapi
from integrationhub.wire.authentication.prefixes import CLIENT_HEADER
from integrationhub.wire.problems import FieldError, InvalidInput
from integrations import runs
from integrations.api import problems
from integrations.api.authentication import caller
from integrations.api.base import HubView
from integrations.api.integration_status_types import END, FAIL, PROGRESS, START, report_of, shown
from integrations.errors import Refused
from integrations.models import System
from integrations.runs import Name

log = structlog.get_logger(__name__)

# What the verbs call a thing, and what the wire does.
_MEMBERS = {
    "name": "IntegrationName",
    "status": "ProcessStatusMeaning",
    "custom_values": "CustomDatabaseValues",
}


class StatusView(HubView):
    """Web API's media types, negotiation and errors, around one verb."""

    parser_classes = webapi.PARSERS
    renderer_classes = webapi.RENDERERS
    content_negotiation_class = webapi.Negotiation
    contract = START
    schema = None  # it is no part of the hub's own OpenAPI

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Refused) and exc.field in _MEMBERS:
            exc = _invalid(_MEMBERS[exc.field], exc.message)
        return super().handle_exception(exc)

    def get_exception_handler(self) -> Any:
        return _answer_to

    def read(self, given: object) -> tuple[Name, dict[str, Any]]:
        """Whose run it is, and all that was said of it. Raises InvalidInput."""
        values = datacontract.read(self.contract, given)
        principal = caller(self.request)
        if principal.client is None:
            raise _invalid(CLIENT_HEADER, "Name the client by it, or by /<client>/ before the path.")
        system = System.objects.visible_to(principal).filter(pk=values["SourceSystemId"]).first()
        if system is None:
            is_missing = values["SourceSystemId"] is None
            raise _invalid("SourceSystemId", "It is missing." if is_missing else "There is no such system.")
        return Name(principal.client, system, values["IntegrationName"] or ""), values


class StartView(StatusView):
    http_method_names = ["post"]

    def post(self, request: Request) -> Response:
        name, _ = self.read(request.data)
        return shown(name, runs.start(name, now=timezone.now()))


class ProgressView(StatusView):
    http_method_names = ["post"]
    contract = PROGRESS

    def post(self, request: Request) -> Response:
        name, values = self.read(request.data)
        return shown(name, runs.progress(name, report_of(values), now=timezone.now()))


class EndView(StatusView):
    http_method_names = ["post"]
    contract = END
    verb = staticmethod(runs.end)

    def post(self, request: Request) -> Response:
        name, values = self.read(request.data)
        meant = values["ProcessStatusMeaning"]
        status = {"status": meant} if meant else {}
        return shown(name, self.verb(name, report_of(values), **status, now=timezone.now()))


class FailView(EndView):
    contract = FAIL
    verb = staticmethod(runs.fail)


class ReadView(StatusView):
    http_method_names = ["get", "head"]

    def get(self, request: Request) -> Response:
        name, _ = self.read(dict(request.query_params.items()))
        if (found := runs.last(name)) is None:
            raise NotFound
        return shown(name, found)


class NowhereView(StatusView):
    """No such operation."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound


def _answer_to(error: Exception, context: dict[str, Any]) -> Response:
    known = problems.exception_handler(error, context)
    if known is None:
        log.error("integration_status_failed", exc_info=error)
        return webapi.failure()
    return webapi.reshaped(known, context["request"])


def _invalid(member: str, message: str) -> InvalidInput:
    return InvalidInput([FieldError(f"{datacontract.ROOT}.{member}", message)])
