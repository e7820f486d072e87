from typing import Any

from rest_framework import serializers

from integrations import parts
from integrations.api.filters import FilterSet, TextFilter
from integrations.api.inputs import StrictModelSerializer
from integrations.api.owned import OwnedSerializer, OwnedViewSet
from integrations.models import Action

_WRITABLE = ("name", "handler", "configuration", "shareable")


class ActionSerializer(OwnedSerializer):
    class Meta:
        model = Action
        fields = ("id", "owner", *_WRITABLE, "row_version", "created_on", "updated_on")
        read_only_fields = fields


class ActionInput(StrictModelSerializer):
    configuration: Any = serializers.DictField(required=False)

    class Meta:
        model = Action
        fields = _WRITABLE


class ActionFilter(FilterSet):
    name = TextFilter()
    handler = TextFilter()
    owner = TextFilter("owner__code")


class ActionViewSet(OwnedViewSet):
    """What is executed for an item: a handler and its configuration."""

    model = Action
    serializer_class = ActionSerializer
    input_class = ActionInput
    filterset_class = ActionFilter
    keep = staticmethod(parts.save)
