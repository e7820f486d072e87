from typing import Any

from rest_framework import serializers

from integrations.api.base import ReadableViewSet
from integrations.models import Entity, EntityProperty


class EntityPropertySerializer(serializers.ModelSerializer[Any]):
    class Meta:
        model = EntityProperty
        fields = ("name", "type", "nullable")
        read_only_fields = fields


class EntitySerializer(serializers.ModelSerializer[Any]):
    properties = EntityPropertySerializer(many=True, read_only=True)

    class Meta:
        model = Entity
        fields = (
            "id",
            "name",
            "key_property",
            "name_property",
            "updated_on_property",
            "properties",
            "row_version",
            "created_on",
            "updated_on",
        )
        read_only_fields = fields


class EntityViewSet(ReadableViewSet):
    """Kinds of business rows, with their typed properties."""

    model = Entity
    prefetched = ("properties",)
    serializer_class = EntitySerializer
    lookup_value_regex = "[A-Za-z_][A-Za-z0-9_]*"
