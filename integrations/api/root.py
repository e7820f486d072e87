"""The root of the surface, and what lies outside of its resources."""

from typing import Any, ClassVar

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from integrations.api.base import HubView
from integrations.api.filters import check_parameters


class IndexView(HubView):
    """Where the resources are."""

    http_method_names = ["get", "head"]
    routes: ClassVar[dict[str, str]] = {}

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string"}}})
    def get(self, request: Request) -> Response:
        check_parameters(request, set())
        return Response({name: reverse(route, request=request) for name, route in self.routes.items()})


class NowhereView(HubView):
    """Whatever path no resource has: who has signed in hears the same as for a row that is missing."""

    http_method_names = [*HubView.http_method_names, "put", "options", "trace"]

    @extend_schema(exclude=True)
    def get(self, request: Request, **kwargs: str) -> Response:
        raise NotFound

    post = patch = delete = put = trace = get

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        raise NotFound
