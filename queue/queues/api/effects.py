from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations import versions
from integrations.api.base import HubViewSet
from integrations.api.definitions import IntegrationInput, StaffIntegrationInput
from integrations.api.inputs import assign
from integrations.api.versions import INTEGRATION, NUMBER
from integrations.models import Integration, IntegrationVersion
from integrations.principals import Scope
from queues.effects import preview


class ClientEffectSerializer(serializers.Serializer[Any]):
    """`due` rows would be queued by the first run: at least so many where not `complete`; null: unknown."""

    client = serializers.CharField(read_only=True)
    client_integration = serializers.IntegerField(read_only=True)
    runs = serializers.BooleanField(read_only=True)
    due = serializers.IntegerField(read_only=True, allow_null=True)
    complete = serializers.BooleanField(read_only=True)


class EffectSerializer(serializers.Serializer[Any]):
    """`version` is the number that publishing would give."""

    version = serializers.IntegerField(read_only=True)
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)
    clients = ClientEffectSerializer(many=True, read_only=True)


class EffectViewSet(HubViewSet):
    """What publishing would do, before it is done."""

    model = Integration
    serializer_class = EffectSerializer
    input_class = StaffIntegrationInput
    scopes = {"effect": Scope.READ}

    @extend_schema(responses=EffectSerializer)
    @action(detail=True, methods=["post"])
    def effect(self, request: Request, pk: str) -> Response:
        """Refuses what publishing would refuse, and saves nothing."""
        draft = self.addressed(self.get_queryset())
        accepted = StaffIntegrationInput if self.principal.is_staff else IntegrationInput
        assign(draft, self.received(accepted, partial=True))
        found = preview(draft, by=self.principal, now=timezone.now())
        return Response(EffectSerializer(found).data)


class RevertEffectViewSet(HubViewSet):
    """What going back to a version would do."""

    model = IntegrationVersion
    serializer_class = EffectSerializer
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"

    def get_queryset(self) -> QuerySet[IntegrationVersion]:
        # By `id`, so that a number beyond all keys finds nothing instead of overflowing.
        return super().get_queryset().filter(integration__id=self.kwargs.get("integration"))

    @extend_schema(
        parameters=[INTEGRATION, NUMBER],
        responses=EffectSerializer,
    )
    @action(detail=True)
    def effect(self, request: Request, **kwargs: str) -> Response:
        """Refuses what reverting would refuse, and saves nothing."""
        draft = versions.restored(self.addressed(self.get_queryset()))
        found = preview(draft, by=self.principal, now=timezone.now())
        return Response(EffectSerializer(found).data)
