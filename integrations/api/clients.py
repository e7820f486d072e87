from typing import Any

from rest_framework import serializers

from integrations.api.base import ReadableViewSet
from integrations.api.filters import FilterSet, FlagFilter
from integrations.models import Client


class ClientSerializer(serializers.ModelSerializer[Any]):
    class Meta:
        model = Client
        fields = (
            "code",
            "name",
            "time_zone",
            "active",
            "max_in_flight",
            "row_version",
            "created_on",
            "updated_on",
        )
        read_only_fields = fields


class ClientFilter(FilterSet):
    active = FlagFilter()


class ClientViewSet(ReadableViewSet):
    """Tenants: all of them for staff, itself for a client."""

    model = Client
    serializer_class = ClientSerializer
    filterset_class = ClientFilter
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z][A-Za-z0-9_-]*"
