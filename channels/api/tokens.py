"""`/rest/v1/service/integration_tokens/<token>`: which channel a local token belongs to."""

from rest_framework.request import Request
from rest_framework.response import Response

from channels.api.base import EraView
from channels.models import IntegrationPoint
from channels.tokens import indexes_of
from integrationhub.wire.era.errors import Code, EraError


class TokenView(EraView):
    http_method_names = ["get", "head"]

    def get(self, request: Request, token: str) -> Response:
        points = (
            IntegrationPoint.objects.visible_to(self.principal).without_secrets().select_related("client")
        )
        point = points.filter(token_index__in=indexes_of(token)).first()
        if point is None:
            raise EraError(Code.NOT_FOUND, "Token not found")
        href = f"/rest/v1/service/integration_points/{point.point_id}"
        return Response(
            {
                "domain": point.client.code,
                "integration_point": {"id": str(point.point_id), "_links": {"self": {"href": href}}},
            }
        )
