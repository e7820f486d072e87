from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrationhub.wire.problems import FieldError, InvalidInput
from integrations import activation, upcoming, watermarks
from integrations.api import idempotency
from integrations.api.base import HubViewSet
from integrations.api.client_integrations import ClientIntegrationSerializer
from integrations.api.inputs import Nothing, StrictSerializer
from integrations.api.schema import BEGINS_ANEW
from integrations.errors import Conflict
from integrations.models import ClientIntegration
from integrations.oauth import connecting
from integrations.oauth.addresses import callback_address
from integrations.principals import Scope
from integrations.schedules import InvalidScheduleError


class SignIn(StrictSerializer):
    """The client's own sign-in to the system; two empty texts forget it. It is never shown."""

    username = serializers.CharField(allow_blank=True, max_length=256, default="", trim_whitespace=False)
    secret = serializers.CharField(allow_blank=True, max_length=4096, write_only=True, trim_whitespace=False)


class NextRunsSerializer(serializers.Serializer[Any]):
    """In the client's time zone, by the schedule in effect, whether the integration is on or not."""

    time_zone = serializers.CharField(read_only=True)
    runs = serializers.ListField(child=serializers.CharField(), read_only=True)


class Connecting(StrictSerializer):
    """`return_to`: where the person goes in the end, one of the client's return addresses with any query."""

    return_to = serializers.CharField(allow_blank=True, max_length=2048, default="", trim_whitespace=False)


class WaySerializer(serializers.Serializer[Any]):
    """Where a person goes to agree, and until when. No address: the hub has signed in by itself."""

    address = serializers.CharField(read_only=True)
    until = serializers.DateTimeField(read_only=True, allow_null=True)


class RunningViewSet(HubViewSet):
    """How a client integration runs: when next, with which sign-in, and from where on."""

    model = ClientIntegration
    related = ("client", "integration__schedule", "schedule", "consent")
    serializer_class = ClientIntegrationSerializer
    scopes = {"reset_watermark": Scope.OPERATE}

    @extend_schema(responses=NextRunsSerializer)
    @action(detail=True, url_path="next-runs")
    def next_runs(self, request: Request, pk: str) -> Response:
        """The next five runs."""
        row = self.addressed(self.get_queryset().defer("secret"))
        try:
            moments = upcoming.next_five(row, now=timezone.now())
        except InvalidScheduleError as error:
            raise Conflict(str(error)) from None
        runs = [moment.isoformat() for moment in moments]
        return Response(NextRunsSerializer({"time_zone": row.client.time_zone, "runs": runs}).data)

    @extend_schema(request=SignIn)
    @action(detail=True, methods=["post"], url_path="sign-in")
    def sign_in(self, request: Request, pk: str) -> Response:
        """Sign in to the system as this client."""
        with self.locked() as row:
            given = self.received(SignIn)
            activation.sign_in_as(row, **given, now=timezone.now(), by=self.principal)
        return self.shown_again(row)

    @extend_schema(request=Connecting, responses=WaySerializer, extensions={BEGINS_ANEW: True})
    @action(detail=True, methods=["post"])
    def connect(self, request: Request, pk: str) -> Response:
        """Connect to the system by OAuth 2.0, which gives the consent: a person agrees at `address`.

        Each request begins anew, so it takes no `Idempotency-Key`.
        """
        if idempotency.HEADER in request.headers:
            raise InvalidInput([FieldError(idempotency.HEADER, "Each request begins anew: leave it out.")])
        with self.locked() as row:
            given = self.received(Connecting)
        way = connecting.connect(
            row,
            redirect_uri=callback_address(request),
            return_to=given["return_to"],
            session="" if self.principal.credential_id else request.session.session_key or "",
            by=self.principal,
            now=timezone.now(),
        )
        return Response(WaySerializer(way).data)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"], url_path="reset-watermark")
    def reset_watermark(self, request: Request, pk: str) -> Response:
        """Let the next run look at all rows again."""
        with self.locked() as row:
            self.received(Nothing)
            watermarks.reset(row, now=timezone.now(), by=self.principal)
        return self.shown_again(row)
