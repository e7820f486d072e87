from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from integrations.api.base import ReadableViewSet
from integrations.api.filters import FilterSet, KeyFilter, MomentFilter, TextFilter
from queues.models import ActionAttempt, ActionLog

_ATTEMPT = ("number", "started_on", "duration_ms", "outcome", "status", "message")


class AttemptSerializer(serializers.ModelSerializer[Any]):
    class Meta:
        model = ActionAttempt
        fields = _ATTEMPT
        read_only_fields = fields


class AttemptWithBodiesSerializer(serializers.ModelSerializer[Any]):
    """`request` and `response` are redacted, and null once they have been pruned."""

    request = serializers.CharField(source="body.request", read_only=True, default=None, allow_null=True)
    response = serializers.CharField(source="body.response", read_only=True, default=None, allow_null=True)

    class Meta:
        model = ActionAttempt
        fields = (*_ATTEMPT, "request", "response")
        read_only_fields = fields


class ActionLogSerializer(serializers.ModelSerializer[Any]):
    client: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    attempts: Any = AttemptSerializer(many=True, read_only=True)

    class Meta:
        model = ActionLog
        fields = ("id", "client", "client_integration", "item", "cycle", "version", "started_on", "attempts")
        read_only_fields = fields


class ActionLogWithBodiesSerializer(ActionLogSerializer):
    attempts = AttemptWithBodiesSerializer(many=True, read_only=True)


class ActionLogFilter(FilterSet):
    client = TextFilter("client__code")
    client_integration = KeyFilter("client_integration_id")
    item = KeyFilter("item_id")
    started_from = MomentFilter("started_on", "gte")


class ActionLogViewSet(ReadableViewSet):
    """What was executed for items: a log per cycle, newest first; alone, with what was sent and received."""

    model = ActionLog
    related = ("client",)
    prefetched = ("attempts",)
    serializer_class = ActionLogSerializer
    filterset_class = ActionLogFilter
    newest_first = True

    def get_queryset(self) -> QuerySet[ActionLog]:
        logs = super().get_queryset()
        return logs.prefetch_related("attempts__body") if self.action == "retrieve" else logs

    def get_serializer_class(self) -> type[ActionLogSerializer]:
        return ActionLogWithBodiesSerializer if self.action == "retrieve" else ActionLogSerializer
