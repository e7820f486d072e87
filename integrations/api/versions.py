from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrationhub.wire.problems import FieldError, InvalidInput
from integrations import versions
from integrations.api.base import ReadableViewSet
from integrations.api.definitions import IntegrationSerializer
from integrations.api.inputs import Nothing
from integrations.models import Integration, IntegrationVersion

_LARGEST_NUMBER = 2**31 - 1


class VersionSerializer(serializers.ModelSerializer[Any]):
    published_by: Any = serializers.SlugRelatedField(slug_field="username", read_only=True, allow_null=True)
    definition: Any = serializers.DictField(read_only=True)

    class Meta:
        model = IntegrationVersion
        fields = ("number", "published_on", "published_by", "definition")
        read_only_fields = fields


class ChangeSerializer(serializers.Serializer[Any]):
    """`text` says it for people; `before` and `after` are as the definition has them."""

    field: Any = serializers.CharField(read_only=True)
    before: Any = serializers.JSONField(read_only=True, allow_null=True)
    after: Any = serializers.JSONField(read_only=True, allow_null=True)
    text = serializers.CharField(read_only=True)


class DiffSerializer(serializers.Serializer[Any]):
    before = serializers.IntegerField(read_only=True)
    after = serializers.IntegerField(read_only=True)
    changes = ChangeSerializer(many=True, read_only=True)


_KEY = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
INTEGRATION = OpenApiParameter("integration", _KEY, OpenApiParameter.PATH)
NUMBER = OpenApiParameter("number", {**_KEY, "maximum": 999_999_999}, OpenApiParameter.PATH)
_AGAINST = OpenApiParameter(
    "against",
    {"type": "integer", "minimum": 1, "maximum": _LARGEST_NUMBER},
    description="The other version; the one before unless given.",
)


@extend_schema(parameters=[INTEGRATION])
@extend_schema_view(retrieve=extend_schema(parameters=[NUMBER]))
class VersionViewSet(ReadableViewSet):
    """What an integration said each time it was published, newest first. It is its owner's to read."""

    model = IntegrationVersion
    related = ("published_by",)
    serializer_class = VersionSerializer
    newest_first = True
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"

    def get_queryset(self) -> QuerySet[IntegrationVersion]:
        # By `id`, so that a number beyond all keys finds nothing instead of overflowing.
        return super().get_queryset().filter(integration__id=self.kwargs.get("integration"))

    def list(self, request: Request, **kwargs: Any) -> Response:
        if not self.get_queryset().exists():
            raise Http404
        return super().list(request, **kwargs)

    def _parameters(self) -> set[str]:
        return {"against"} if self.action == "diff" else super()._parameters()

    @extend_schema(parameters=[NUMBER, _AGAINST], responses=DiffSerializer)
    @action(detail=True)
    def diff(self, request: Request, **kwargs: str) -> Response:
        """What changed from the other version to this one, field by field."""
        after = self.addressed(self.get_queryset())
        before = self._other(after)
        changes = versions.diff(before, after) if before else []
        number = before.number if before else after.number
        return Response(DiffSerializer({"before": number, "after": after.number, "changes": changes}).data)

    @extend_schema(parameters=[NUMBER], request=Nothing, responses=IntegrationSerializer)
    @action(detail=True, methods=["post"])
    def revert(self, request: Request, **kwargs: str) -> Response:
        """Publish what this version said, as a new version."""
        version = self.addressed(self.get_queryset())
        self.received(Nothing)
        published = versions.revert(version, by=self.principal, now=timezone.now())
        seen = Integration.objects.visible_to(self.principal).select_related("owner", "entity")
        row = seen.get(pk=published.integration_id)
        body = IntegrationSerializer(row, context=self.get_serializer_context()).data
        return Response(body, headers={"ETag": f'"{row.row_version}"'})

    def _other(self, version: IntegrationVersion) -> IntegrationVersion | None:
        """The version to compare with; None for the first one, which has none before it."""
        against = self.request.query_params.get("against")
        rows = self.get_queryset()
        if against is None:
            return rows.filter(number__lt=version.number).first()
        other = rows.filter(number=_number(against)).first()
        if other is None:
            raise InvalidInput([FieldError("against", "The integration has no such version.")])
        return other


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > _LARGEST_NUMBER:
        raise InvalidInput([FieldError("against", "A version is a whole number.")])
    return int(text)
