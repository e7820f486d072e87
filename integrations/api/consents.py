from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations import agreements, ending
from integrations.api.base import ReadableViewSet
from integrations.api.filters import ChoiceFilter, FilterSet, TextFilter
from integrations.api.inputs import Nothing, StrictSerializer
from integrations.models import Consent
from integrations.models.consents import ConsentQuerySet


class ConsentSerializer(serializers.ModelSerializer[Any]):
    """`system` and `scopes` of a connection by OAuth 2.0; `warning` says what somebody has to do about it."""

    client: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    system: Any = serializers.SlugRelatedField(
        source="token.application.system", slug_field="name", read_only=True, default=None, allow_null=True
    )
    scopes = serializers.CharField(source="token.scopes", read_only=True, default=None, allow_null=True)
    warning = serializers.SerializerMethodField()

    class Meta:
        model = Consent
        fields = (
            "id",
            "client",
            "consent_type",
            "state",
            "granted_on",
            "expires_on",
            "system",
            "scopes",
            "warning",
            "row_version",
        )
        read_only_fields = fields

    def get_warning(self, consent: Consent) -> str:
        return ending.describe(consent, timezone.now())


class Renewal(StrictSerializer):
    """null: until it is withdrawn."""

    expires_on = serializers.DateTimeField(allow_null=True)


class ConsentFilter(FilterSet):
    client = TextFilter("client__code")
    state = ChoiceFilter(choices=Consent.State.choices)


class ConsentViewSet(ReadableViewSet):
    """What clients agreed to. A consent is given where an integration is enabled."""

    model = Consent
    serializer_class = ConsentSerializer
    filterset_class = ConsentFilter

    def get_queryset(self) -> ConsentQuerySet:
        return cast(ConsentQuerySet, super().get_queryset()).with_connection()

    @extend_schema(request=Renewal)
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: str) -> Response:
        """The client agrees again."""
        with self.locked() as row:
            until = self.received(Renewal)["expires_on"]
            agreements.renew(row, until=until, now=timezone.now(), by=self.principal)
        return self.shown_again(row)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """What runs under this consent stops."""
        with self.locked() as row:
            self.received(Nothing)
            agreements.withdraw(row, now=timezone.now(), by=self.principal)
        return self.shown_again(row)
