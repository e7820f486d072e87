"""What all operations have in common in the OpenAPI document: sign-in, errors, the headers they read."""

from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from integrationhub.wire.authentication.prefixes import CLIENT_HEADER
from integrationhub.wire.problems import PROBLEM_JSON
from integrations.api.idempotency import HEADER

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_ANYWHERE = ("400", "401", "403", "404", "406", "429", "503")
_OF_WRITES = ("409", "412", "413", "415")
_TOO_LONG = {"description": "The address is longer than 4 KB. The web server says so, not as a problem."}
_CLIENT = {
    "in": "header",
    "name": CLIENT_HEADER,
    "schema": {"type": "string"},
    "description": "For staff: the code of the client to act for.",
}

# Marks an operation that takes no key, in what the view says of it; it is not in the document.
BEGINS_ANEW = "x-begins-anew"
_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "A request that comes again with its key within 24 hours is answered as it was, and not"
    " executed again.",
}


class HubSchema(AutoSchema):
    """Viewsets whose rows their owner writes say what they take by `input_class`."""

    def get_request_serializer(self) -> Any:
        if self.method in ("POST", "PATCH") and (shape := getattr(self.view, "input_class", None)):
            return shape
        return super().get_request_serializer()


class CredentialScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "integrations.api.authentication.CredentialAuthentication"
    name = ["basic", "bearer", "soticket"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        ticket = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "SOTicket 7T:…"}
        return [{"type": "http", "scheme": "basic"}, {"type": "http", "scheme": "bearer"}, ticket]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"basic": []}, {"bearer": []}, {"soticket": []}]


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "integrations.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def keep_own(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """The other dialects describe themselves, each in its own way."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/hub/v1/")]


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every operation answers errors as problem details, lets staff name a client, takes what it declares."""
    shapes = result["components"]["schemas"]
    shapes["Problem"] = _PROBLEM
    for path in result["paths"].values():
        for method, operation in path.items():
            _complete(method, operation)
            if body := operation.get("requestBody"):
                _close(body, shapes)
    return result


def _complete(method: str, operation: dict[str, Any]) -> None:
    for status in _ANYWHERE if method == "get" else (*_ANYWHERE, *_OF_WRITES):
        operation["responses"].setdefault(status, _problem_response(status))
    operation["responses"].setdefault("414", _TOO_LONG)
    parameters = operation.setdefault("parameters", [])
    parameters.append(_CLIENT)
    if method == "post" and not operation.pop(BEGINS_ANEW, False):
        parameters.append(_IDEMPOTENCY_KEY)
        operation["responses"].setdefault("422", _problem_response("422"))


def _close(body: dict[str, Any], shapes: dict[str, Any]) -> None:
    for content in body["content"].values():
        shapes[content["schema"]["$ref"].rpartition("/")[2]]["additionalProperties"] = False


def _problem_response(status: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": f"Problem {status}", "content": {PROBLEM_JSON: {"schema": schema}}}


@cache
def document() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


class SchemaView(APIView):
    """The OpenAPI document. It says nothing of any client, so anyone may read it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)
    metadata_class = None
    http_method_names = ["get", "head"]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(document())
