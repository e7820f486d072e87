from typing import Any

from rest_framework import serializers

from integrations.api.base import ReadableViewSet
from integrations.api.filters import FilterSet, MomentFilter, TextFilter
from integrations.models import AuditEntry


class AuditEntrySerializer(serializers.ModelSerializer[Any]):
    client: Any = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    detail: Any = serializers.DictField(read_only=True)

    class Meta:
        model = AuditEntry
        fields = ("id", "on", "actor", "client", "act", "target", "detail")
        read_only_fields = fields


class AuditFilter(FilterSet):
    client = TextFilter("client__code")
    act = TextFilter()
    since = MomentFilter("on", "gte")


class AuditViewSet(ReadableViewSet):
    """Who did what, newest first."""

    model = AuditEntry
    related = ("client",)
    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilter
    newest_first = True
