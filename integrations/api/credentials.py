from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations import delegation
from integrations.api.base import ReadableViewSet
from integrations.api.filters import ChoiceFilter, FilterSet, TextFilter
from integrations.api.inputs import Nothing, StrictSerializer
from integrations.credentials import LONGEST_OVERLAP, Issued
from integrations.models import Credential
from integrations.principals import Scope

_DAY = 24 * 3600


class CredentialSerializer(serializers.ModelSerializer[Any]):
    """`prefix` is the public part; for Basic it is the user name. `user`: whose key it is, and ends with."""

    client: Any = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    user: Any = serializers.SlugRelatedField(slug_field="username", read_only=True, allow_null=True)
    scopes: Any = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Credential
        fields = (
            "id",
            "prefix",
            "scheme",
            "client",
            "user",
            "note",
            "scopes",
            "expires_on",
            "revoked_on",
            "last_used_on",
            "row_version",
            "created_on",
            "updated_on",
        )
        read_only_fields = fields


class IssuedSerializer(CredentialSerializer):
    """`secret` is what the caller presents: the password, the token or the ticket. It is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(CredentialSerializer.Meta):
        fields: Any = (*CredentialSerializer.Meta.fields, "secret")
        read_only_fields = fields


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "enum": Scope.values},
        "minItems": 1,
        "maxItems": len(Scope),
    }
)
class ScopesField(serializers.ListField):
    child = serializers.ChoiceField(choices=Scope.choices)


class CredentialInput(StrictSerializer):
    """The scopes are at most the caller's own."""

    scheme = serializers.ChoiceField(choices=Credential.Scheme.choices)
    scopes = ScopesField(allow_empty=False, max_length=len(Scope))
    note = serializers.CharField(default="", allow_blank=True, max_length=200)
    expires_on = serializers.DateTimeField(default=None, allow_null=True)


class Rotation(StrictSerializer):
    """For so many seconds the old secret goes on working."""

    overlap = serializers.IntegerField(
        default=_DAY, min_value=0, max_value=int(LONGEST_OVERLAP.total_seconds())
    )


class CredentialFilter(FilterSet):
    client = TextFilter("client__code")
    scheme = ChoiceFilter(choices=Credential.Scheme.choices)


class CredentialViewSet(ReadableViewSet):
    """Keys for software. Secrets are shown when they are made, and kept nowhere."""

    model = Credential
    related = ("client", "user")
    serializer_class = CredentialSerializer
    filterset_class = CredentialFilter
    newest_first = True
    scopes = dict.fromkeys(("create", "rotate", "revoke"), Scope.CREDENTIALS)

    @extend_schema(request=CredentialInput, responses={201: IssuedSerializer})
    def create(self, request: Request) -> Response:
        given = self.received(CredentialInput)
        issued = delegation.grant(given.pop("scheme"), **given, by=self.principal, now=timezone.now())
        return self._shown_once(issued)

    @extend_schema(request=Rotation, responses={201: IssuedSerializer})
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """A successor with the same rights and length of life."""
        with self.locked() as row:
            overlap = timedelta(seconds=self.received(Rotation)["overlap"])
            issued = delegation.renew(row, overlap=overlap, by=self.principal, now=timezone.now())
        return self._shown_once(issued)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """End it at once."""
        with self.locked() as row:
            self.received(Nothing)
            delegation.withdraw(row, by=self.principal, now=timezone.now())
        return self.shown_again(row)

    def _shown_once(self, issued: Issued) -> Response:
        row = self.get_queryset().get(pk=issued.credential.pk)
        row.secret = issued.token
        shown = IssuedSerializer(row, context=self.get_serializer_context()).data
        return Response(shown, 201, headers={"ETag": f'"{row.row_version}"'})
