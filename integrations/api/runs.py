from typing import Any

from rest_framework import serializers

from integrations.api.base import ReadableViewSet
from integrations.api.filters import ChoiceFilter, FilterSet, KeyFilter, MomentFilter, TextFilter
from integrations.models import IntegrationRun


class RunSerializer(serializers.ModelSerializer[Any]):
    client: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    integration = serializers.IntegerField(
        source="client_integration.integration_id", read_only=True, allow_null=True
    )
    external: Any = serializers.SlugRelatedField(slug_field="name", read_only=True, allow_null=True)

    class Meta:
        model = IntegrationRun
        fields = (
            "id",
            "client",
            "client_integration",
            "integration",
            "external",
            "version",
            "slot",
            "status",
            "started_on",
            "ended_on",
            "queued",
            "message",
            "row_version",
        )
        read_only_fields = fields


class RunFilter(FilterSet):
    client = TextFilter("client__code")
    client_integration = KeyFilter("client_integration_id")
    integration = KeyFilter("client_integration__integration_id")
    external = TextFilter("external__name")
    status = ChoiceFilter(choices=IntegrationRun.Status.choices)
    started_from = MomentFilter("started_on", "gte")
    started_before = MomentFilter("started_on", "lt")


class RunViewSet(ReadableViewSet):
    """Runs of integrations, newest first."""

    model = IntegrationRun
    related = ("client", "client_integration", "external")
    serializer_class = RunSerializer
    filterset_class = RunFilter
    newest_first = True
