from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.base import ReadableViewSet
from integrations.api.filters import FilterSet, KeyFilter
from integrations.api.inputs import StrictModelSerializer, assign
from integrations.models import OAuthApplication
from integrations.oauth import applications

_WRITABLE = (
    "grant",
    "authorization_url",
    "token_url",
    "revocation_url",
    "app_id",
    "secret_in",
    "scopes",
    "extra",
)


class OAuthApplicationSerializer(serializers.ModelSerializer[Any]):
    """The secret is never shown."""

    class Meta:
        model = OAuthApplication
        fields = ("id", "system", *_WRITABLE, "row_version", "created_on", "updated_on")
        read_only_fields = fields


class OAuthApplicationChange(StrictModelSerializer):
    extra: Any = serializers.DictField(required=False)
    secret = serializers.CharField(
        write_only=True, required=False, allow_blank=True, trim_whitespace=False, max_length=4096
    )

    class Meta:
        model = OAuthApplication
        fields: Any = (*_WRITABLE, "secret")


class OAuthApplicationInput(OAuthApplicationChange):
    class Meta(OAuthApplicationChange.Meta):
        fields: Any = ("system", *_WRITABLE, "secret")


class OAuthApplicationFilter(FilterSet):
    system = KeyFilter("system_id")


class OAuthApplicationViewSet(ReadableViewSet):
    """How the hub is registered with the authorization server of a system."""

    model = OAuthApplication
    related = ("system",)
    serializer_class = OAuthApplicationSerializer
    filterset_class = OAuthApplicationFilter

    @extend_schema(request=OAuthApplicationInput, responses={201: OAuthApplicationSerializer})
    def create(self, request: Request) -> Response:
        row = OAuthApplication(**self.received(OAuthApplicationInput))
        applications.save(row, by=self.principal, now=timezone.now())
        return self.shown_again(row, 201)

    @extend_schema(request=OAuthApplicationChange)
    def partial_update(self, request: Request, pk: str) -> Response:
        with self.locked() as row:
            assign(row, self.received(OAuthApplicationChange, partial=True))
            applications.save(row, by=self.principal, now=timezone.now())
        return self.shown_again(row)

    def destroy(self, request: Request, pk: str) -> Response:
        """As long as nobody is connected through it."""
        with self.locked() as row:
            applications.remove(row, by=self.principal, now=timezone.now())
        return Response(status=204)
