from dataclasses import replace
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations import activation
from integrations.api.base import ReadableViewSet
from integrations.api.filters import FilterSet, FlagFilter, KeyFilter, TextFilter
from integrations.api.inputs import Nothing, StrictSerializer, VisibleRelatedField
from integrations.models import ClientIntegration, Integration, Schedule
from integrations.principals import Principal


class ClientIntegrationSerializer(serializers.ModelSerializer[Any]):
    """`runnable` is what counts: switched on, not paused, definition and client active, consent in force."""

    client: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    consent_expires_on = serializers.DateTimeField(
        source="consent.expires_on", read_only=True, allow_null=True
    )
    consent_state = serializers.CharField(source="consent.state", read_only=True, allow_null=True)
    effective_schedule = serializers.IntegerField(source="effective_schedule.pk", read_only=True)
    integration_version = serializers.IntegerField(source="integration.version", read_only=True)

    class Meta:
        model = ClientIntegration
        fields = (
            "id",
            "client",
            "integration",
            "integration_version",
            "enabled",
            "paused",
            "runnable",
            "schedule",
            "effective_schedule",
            "consent_state",
            "consent_expires_on",
            "next_run_at",
            "scanned_to",
            "problem",
            "problem_on",
            "row_version",
            "created_on",
            "updated_on",
        )
        read_only_fields = fields


class _ChosenIntegrationField(VisibleRelatedField):
    """Staff may switch on for a client what that client does not see yet."""

    def seen_by(self, principal: Principal) -> Principal:
        return replace(principal, client=None) if principal.is_staff else principal


class ClientIntegrationInput(StrictSerializer):
    integration = _ChosenIntegrationField(model=Integration)


class ScheduleChoice(StrictSerializer):
    """null goes back to the integration's default."""

    schedule = VisibleRelatedField(model=Schedule, allow_null=True)


class Enabling(StrictSerializer):
    """`consent`: the client agrees, where the integration asks for it."""

    consent = serializers.BooleanField(default=False)


class ClientIntegrationFilter(FilterSet):
    client = TextFilter("client__code")
    integration = KeyFilter("integration_id")
    enabled = FlagFilter()
    runnable = FlagFilter()


class ClientIntegrationViewSet(ReadableViewSet):
    """A client's use of an integration: on or off, when it runs, how far it has come."""

    model = ClientIntegration
    related = ("client", "integration__schedule", "schedule", "consent")
    serializer_class = ClientIntegrationSerializer
    filterset_class = ClientIntegrationFilter

    @extend_schema(request=ClientIntegrationInput, responses={201: ClientIntegrationSerializer})
    def create(self, request: Request) -> Response:
        """Take an integration up, switched off; one that has been taken up before stays as it is."""
        client = self.client()
        row = activation.activate_for(client, self.received(ClientIntegrationInput)["integration"])
        return self.shown_again(row, 201)

    @extend_schema(request=ScheduleChoice)
    def partial_update(self, request: Request, pk: str) -> Response:
        with self.locked() as row:
            for chosen in self.received(ScheduleChoice, partial=True).values():
                activation.choose_schedule(row, chosen, now=timezone.now(), by=self.principal)
        return self.shown_again(row)

    @extend_schema(request=Enabling)
    @action(detail=True, methods=["post"])
    def enable(self, request: Request, pk: str) -> Response:
        with self.locked() as row:
            consent = self.received(Enabling)["consent"]
            activation.enable(row, now=timezone.now(), by=self.principal, consent=consent)
        return self.shown_again(row)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def disable(self, request: Request, pk: str) -> Response:
        return self._do(activation.disable)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        return self._do(activation.pause)

    @extend_schema(request=Nothing)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        return self._do(activation.resume)

    def _do(self, verb: Any) -> Response:
        with self.locked() as row:
            self.received(Nothing)
            verb(row, now=timezone.now(), by=self.principal)
        return self.shown_again(row)
